"""Measures the chosen networks on the device, each as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mobilenas.hardware import Hardware, LocalHardware
from mobilenas.network.spec import NetworkSpec
from mobilenas.progress import Progress
from mobilenas.timing.repeated import REPEATS
from mobilenas.timing.rounds import in_turns


def why_unmeasured(hardware: Hardware, about: Mapping[str, str]) -> str:
    """Returns why latency cannot be measured here as it was for the table, or an empty text if it can.

    Args:
        hardware: the hardware of the run
        about: the facts in the head of the run's latency table
    """
    device = hardware.at_hand
    if device is None:
        return "the latency table was measured elsewhere, on a device that is not here."
    try:
        here = device.device.about
    except ValueError as error:
        return str(error)
    for name, value in here.items():
        if about.get(name, value) != value:
            return f"the latency table was measured with {name} {about[name]}, but here it is {name} {value}."
    return ""


@dataclass(frozen=True)
class Measurement:
    """Latencies at the speed that the device had when the latency table was made.

    Args:
        times_ms: milliseconds of each network in each repetition, ``(REPEATS, networks)``
        slowdown: ratio of the device's time now to its time then, for networks that were measured both times
    """

    times_ms: NDArray[np.float64]
    slowdown: float


def measure_networks(
    hardware: LocalHardware,
    networks: Sequence[tuple[NetworkSpec, nn.Sequential]],
    references: Mapping[NetworkSpec, float],
    seed: int,
) -> Measurement:
    """Measures whole networks, and beside them other networks that were measured with the latency table.

    Args:
        hardware: the device
        networks: descriptions, and modules in eval mode
        references: other networks and their milliseconds then; without references the slowdown is 1
        seed: seed of the order in each round
    """
    modules = [*networks, *((spec, spec.build().eval()) for spec in references)]
    runs = [hardware.device.prepare(module, spec.input) for spec, module in modules]
    rng, repeated = np.random.default_rng(seed), []
    with Progress("report: measuring", REPEATS, "repetition") as bar:
        for _ in range(REPEATS):
            repeated.append(in_turns(runs, hardware.bounded_timing(REPEATS), rng, visit=hardware.device.visit))
            bar.advance()
    times_ms, now_ms = np.split(np.array(repeated), [len(networks)], axis=1)
    if not references:
        return Measurement(times_ms, 1.0)
    slowdowns = np.median(now_ms / list(references.values()), axis=1)
    return Measurement(times_ms / slowdowns[:, None], float(np.median(slowdowns)))
