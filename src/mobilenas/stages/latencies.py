"""How long networks of other widths take."""

from collections.abc import Sequence

from mobilenas.adaptation.widths import WidthSpace
from mobilenas.evaluation import Architecture
from mobilenas.hardware import LatencyTable, LocalHardware
from mobilenas.stages.base import Experiment
from mobilenas.stages.profile import read_table
from mobilenas.timing.rounds import OnProgress, silent


class Latencies:
    """Of the networks of a space of widths; layers that the table lacks are measured on demand.

    Args:
        experiment: its hardware measures
        widths: the networks

    Attributes:
        on_progress: told how far the measuring is
    """

    def __init__(self, experiment: Experiment, widths: WidthSpace) -> None:
        self.on_progress: OnProgress = silent
        self.table: LatencyTable = read_table(experiment.folder)
        self._experiment, self._widths = experiment, widths

    def __call__(self, architectures: Sequence[Architecture]) -> list[float]:
        networks = [self._widths.network(one) for one in architectures]
        hardware, space = self._experiment.hardware, self._experiment.space
        every = [self._widths.seed, *networks]
        self.table = hardware.extended(self.table, space, every, on_progress=self.on_progress)
        return [self.table.latency_ms(network) for network in networks]

    def whole_ms(self, architecture: Architecture) -> float:
        """Of one network, measured as a whole on the device that this runs on."""
        hardware = self._experiment.hardware
        assert isinstance(hardware, LocalHardware)
        return hardware.whole_ms(self._widths.network(architecture), self._experiment.space)
