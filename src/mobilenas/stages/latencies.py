"""Predicts and measures the latency of networks of other widths."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mobilenas.adaptation import WidthSpace
from mobilenas.evaluation import Architecture
from mobilenas.hardware import Hardware, LatencyTable
from mobilenas.search_space import SearchSpace
from mobilenas.stages.profile import ProfileRecord
from mobilenas.timing import OnProgress
from mobilenas.timing.rounds import silent


class WidthLatencies:
    """Returns milliseconds of the networks of a space of widths; layers that the table lacks are measured on demand.

    Args:
        folder: the run's folder
        hardware: measures the layers
        space: the space that the run's table was made for
        widths: the networks

    Attributes:
        table: the table, with the layers that were measured on the way
        on_progress: is told the progress of measuring
    """

    def __init__(self, folder: Path, hardware: Hardware, space: SearchSpace, widths: WidthSpace) -> None:
        self.on_progress: OnProgress = silent
        self.table: LatencyTable = ProfileRecord.load(folder / "profile").table
        self._hardware, self._space, self._widths = hardware, space, widths

    def __call__(self, architectures: Sequence[Architecture]) -> list[float]:
        networks = [self._widths.network(one) for one in architectures]
        every = [self._widths.seed, *networks]
        self.table = self._hardware.extended(self.table, self._space, every, on_progress=self.on_progress)
        return [self.table.latency_ms(network) for network in networks]

    def whole_ms(self, architecture: Architecture) -> float:
        """Measures one network as a whole on this device."""
        device = self._hardware.at_hand
        assert device is not None
        return device.whole_ms(self._widths.network(architecture), self._space)
