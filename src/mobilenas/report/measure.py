"""The chosen networks on the device, as a whole."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mobilenas.hardware import Hardware, MeasuredHardware
from mobilenas.hardware.measure import interleaved
from mobilenas.ops import Shape
from mobilenas.progress import Progress

REPEATS = 5  # of a whole measurement, to see how far it can be repeated


def why_unmeasured(hardware: Hardware, about: Mapping[str, str]) -> str:
    """Why latency cannot be measured here as it was for the table, or an empty text where it can.

    Args:
        hardware: of the run
        about: what the run's latency table says of itself
    """
    if not isinstance(hardware, MeasuredHardware):
        return "the latency table was measured elsewhere, and its device is not at hand."
    try:
        here = hardware.engine.about
    except ValueError as error:
        return str(error)
    for name, value in here.items():
        if about.get(name, value) != value:
            return f"the latency table was measured with {name} {about[name]}, and this is {name} {value}."
    return ""


def measure_ms(
    hardware: MeasuredHardware, networks: Sequence[nn.Module], inputs: Sequence[Shape], seed: int
) -> NDArray[np.float64]:
    """Milliseconds of each network, in interleaved rounds, as the table's rows were measured.

    Args:
        hardware: the device
        networks: in eval mode
        inputs: the shape of the image of each
        seed: of the order in each round

    Returns:
        ``(REPEATS, networks)``
    """
    runs = [hardware.engine.prepare(network, input) for network, input in zip(networks, inputs, strict=True)]
    alone: list[tuple[int, ...]] = [(index,) for index in range(len(runs))]
    rng = np.random.default_rng(seed)
    with Progress("report: measuring", REPEATS, "repetition") as bar:
        repeated = []
        for _ in range(REPEATS):
            repeated.append(interleaved(runs, lambda _: alone, hardware.timing, rng))
            bar.advance()
    return np.array(repeated)
