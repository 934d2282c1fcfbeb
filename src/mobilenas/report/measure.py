"""The chosen networks on the device, each as a whole, beside the latency table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mobilenas.hardware import Hardware, LocalHardware
from mobilenas.hardware.measure import interleaved
from mobilenas.ops import Shape
from mobilenas.progress import Progress
from mobilenas.spec import NetworkSpec

REPEATS = 5  # of a whole measurement, to see how far it can be repeated


def why_unmeasured(hardware: Hardware, about: Mapping[str, str]) -> str:
    """Why latency cannot be measured here as it was for the table, or an empty text where it can.

    Args:
        hardware: of the run
        about: what the run's latency table says of itself
    """
    if not isinstance(hardware, LocalHardware):
        return "the latency table was measured elsewhere, and its device is not at hand."
    try:
        here = hardware.engine.about
    except ValueError as error:
        return str(error)
    for name, value in here.items():
        if about.get(name, value) != value:
            return f"the latency table was measured with {name} {about[name]}, and this is {name} {value}."
    return ""


@dataclass(frozen=True)
class Measurement:
    """Latencies at the speed that the device had when the latency table was made.

    Args:
        times_ms: of each network in each repetition, ``(REPEATS, networks)``
        slowdown: how many times as long the device really took, as seen from layers that are in the table
    """

    times_ms: NDArray[np.float64]
    slowdown: float


def measure(
    hardware: LocalHardware,
    networks: Sequence[tuple[NetworkSpec, nn.Sequential]],
    rows: Mapping[str, float],
    seed: int,
) -> Measurement:
    """Run whole networks, and beside them their layers, to compare the device with that of the latency table.

    Args:
        hardware: the device
        networks: descriptions, and modules in eval mode
        rows: milliseconds of each layer in the table; without any, the slowdown is 1
        seed: of the order in each round
    """
    layers = _layers(networks, rows)
    pieces = [(module, spec.input) for spec, module in networks] + list(layers.values())
    runs = [hardware.engine.prepare(module, input) for module, input in pieces]
    visits, rng = _visits(networks, list(layers)), np.random.default_rng(seed)
    repeated = []
    with Progress("report: measuring", REPEATS, "repetition") as bar:
        for _ in range(REPEATS):
            repeated.append(interleaved(runs, lambda _: visits, hardware.timing, rng))
            bar.advance()
    whole_ms, layer_ms = np.split(np.array(repeated), [len(networks)], axis=1)
    if not layers:
        return Measurement(whole_ms, 1.0)
    slowdowns = np.median(layer_ms / [rows[key] for key in layers], axis=1)
    return Measurement(whole_ms / slowdowns[:, None], float(np.median(slowdowns)))


def _layers(
    networks: Sequence[tuple[NetworkSpec, nn.Sequential]], rows: Mapping[str, float]
) -> dict[str, tuple[nn.Module, Shape]]:
    """The networks' layers that the table has, once each."""
    parts = [part for spec, module in networks for part in zip(spec.layers, module, strict=True)]
    return {layer.key: (module, layer.input) for layer, module in parts if layer.key in rows}


def _visits(networks: Sequence[tuple[NetworkSpec, nn.Sequential]], keys: Sequence[str]) -> list[tuple[int, ...]]:
    """Each network by itself, and the layers of each one after the other."""
    places = {key: len(networks) + index for index, key in enumerate(keys)}
    laps = [tuple(places[layer.key] for layer in spec.layers if layer.key in places) for spec, _ in networks]
    return [(index,) for index in range(len(networks))] + [lap for lap in laps if lap]
