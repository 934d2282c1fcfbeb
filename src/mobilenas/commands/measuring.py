"""Measures whole networks on this machine: latency in interleaved turns, memory in a process for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mobilenas.engine import Engine
from mobilenas.engine.file_memory import peak_memory_mb
from mobilenas.engine.host import Host
from mobilenas.network import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.timing import TimedRun, Timing
from mobilenas.timing.repeated import repeated_ms

VISIT_MS, PERCENTILE = 10.0, 10.0  # as conf/hardware/cpu.yaml


@dataclass(frozen=True)
class MeasuredNetwork:
    """What was measured and counted of a network on an engine.

    Args:
        name: its name
        engine: the engine, with its precision unless it is fp32: ``litert int8``
        version: the version of the engine
        device: the processor that runs it
        resolution: side of its images in pixels; height and width as text if they differ
        params: number of parameters
        macs: multiply-adds for one image
        size_mb: size of the file that the engine runs; None if that is no single file
        latency_ms: milliseconds of one forward pass, the mean of repeated measurements
        latency_std_ms: standard deviation of these measurements
        p10_ms: milliseconds that a tenth of all single forward passes did not exceed
        p90_ms: milliseconds that nine tenths of them did not exceed
        peak_memory_mb: the most memory that it took in a process of its own; None where the system does not tell, or
            without such a file
        kinds_ms: milliseconds by kind of operation, by the engine's own profiler; empty if it has none
    """

    name: str
    engine: str
    version: str
    device: str
    resolution: int | str
    params: int
    macs: int
    size_mb: float | None
    latency_ms: float
    latency_std_ms: float
    p10_ms: float
    p90_ms: float
    peak_memory_mb: float | None
    kinds_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def engine_and_device(self) -> str:
        """The two in words, which differ between the columns of a comparison."""
        return f"{self.engine}, {self.device}"


def measured(
    specs: Sequence[NetworkSpec], engines: Sequence[Engine], rounds: int, seed: int = 0
) -> list[MeasuredNetwork]:
    """Returns what is measured of networks with random weights: each network in their order, on each engine.

    Args:
        specs: the networks
        engines: run them, all in turns
        rounds: visits to each network on each engine, in each of the repeated measurements
        seed: seed of the weights and of the order
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        modules = [spec.build().eval() for spec in specs]
    pairs = [(spec, module, engine) for spec, module in zip(specs, modules, strict=True) for engine in engines]
    kept = [_size_and_peak(*pair) for pair in pairs]
    runs = [_Noting(engine.prepare(module, spec.input)) for spec, module, engine in pairs]
    times_ms = repeated_ms(runs, Timing(rounds, VISIT_MS, PERCENTILE), np.random.default_rng(seed))
    parts = zip(pairs, runs, times_ms.T, kept, strict=True)
    return [_result(spec, engine, run.singles_ms, own_ms, *sizes) for (spec, _, engine), run, own_ms, sizes in parts]


def _result(
    spec: NetworkSpec,
    engine: Engine,
    singles_ms: Sequence[float],
    own_ms: NDArray[np.float64],
    size_mb: float | None,
    peak_memory_mb: float | None,
) -> MeasuredNetwork:
    p10_ms, p90_ms = np.percentile(singles_ms, (10, 90)).tolist()
    about = engine.about
    precision = about.get("precision", "fp32")
    return MeasuredNetwork(
        name=spec.name,
        engine=about["engine"] if precision == "fp32" else f"{about['engine']} {precision}",
        version=about["version"],
        device=about["device"],
        resolution=_pixels(spec.input),
        params=spec.params,
        macs=spec.macs,
        size_mb=size_mb,
        latency_ms=float(own_ms.mean()),
        latency_std_ms=float(own_ms.std(ddof=1)),
        p10_ms=p10_ms,
        p90_ms=p90_ms,
        peak_memory_mb=peak_memory_mb,
        kinds_ms=_kinds_ms(engine, spec),
    )


def _pixels(image: Shape) -> int | str:
    return image.height if image.height == image.width else f"{image.height}x{image.width}"


def _kinds_ms(engine: Engine, spec: NetworkSpec) -> dict[str, float]:
    try:
        return engine.breakdown(spec)
    except ValueError:  # an engine on a host may not have its profiler there
        return {}


class _Noting:
    """A run that notes the milliseconds of each time."""

    def __init__(self, run: TimedRun) -> None:
        self._run = run
        self.singles_ms = list[float]()

    def __call__(self) -> float:
        self.singles_ms.append(self._run())
        return self.singles_ms[-1]


def _size_and_peak(spec: NetworkSpec, module: nn.Module, engine: Engine) -> tuple[float | None, float | None]:
    """Returns the megabytes of the network's file, and the most megabytes of memory that a process needs for it.

    Raises:
        ValueError: the process has ended in an error
    """
    found = engine.file(module, spec.input, spec.name)
    if found is None:
        return None, None
    content, ending = found
    if isinstance(engine, Host):
        return len(content) / 1e6, None
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"model{ending}"
        path.write_bytes(content)
        return len(content) / 1e6, peak_memory_mb(path, int(engine.about["threads"]), spec.name)
