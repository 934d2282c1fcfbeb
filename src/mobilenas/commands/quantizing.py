"""Writes a network with 8 bits, and compares it with the same network with 32 bits on the runtime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from mobilenas.commands.measuring import PERCENTILE, VISIT_MS, peak_memory_mb, repeated_ms
from mobilenas.commands.photos import Photos
from mobilenas.commands.runtimes import ImageBatch, Runtime
from mobilenas.commands.scores import Scores, score
from mobilenas.commands.weights import NetworkWithWeights
from mobilenas.data.decode import available_cores
from mobilenas.engine.base import Precision
from mobilenas.files.whole import replacing
from mobilenas.progress import Progress
from mobilenas.timing import Timing

PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")
PHOTOS_FOR_NOISE = 16
BATCH = 64  # photos that are read at once


@dataclass(frozen=True, eq=False)
class Written:
    """A file of a network, and what was found of it.

    Args:
        runtime: its runtime
        precision: fp32 or int8
        path: the file
        scores: its answers to the photos
        latency_ms: milliseconds of one forward pass, the mean of repeated measurements
        latency_std_ms: standard deviation of these measurements
        peak_memory_mb: the most memory that it took in a process of its own; None where the system does not tell
        kinds_ms: milliseconds of one forward pass by kind of operation
        noise_db: signal to noise of each layer's values in decibels, against fp32, by the number of the layer
    """

    runtime: Runtime
    precision: Precision
    path: Path
    scores: Scores
    latency_ms: float
    latency_std_ms: float
    peak_memory_mb: float | None
    kinds_ms: Mapping[str, float]
    noise_db: Mapping[int, float]

    @property
    def size_mb(self) -> float:
        return self.path.stat().st_size / 1e6

    def agreement(self, other: Written) -> float:
        """Returns the share of photos to which two files answer the same class."""
        return float((self.scores.predicted == other.scores.predicted).double().mean())


def quantized(
    network: NetworkWithWeights,
    runtimes: Sequence[Runtime],
    calibration: Photos,
    scored: Photos,
    folder: Path,
    threads: int,
    rounds: int,
) -> list[Written]:
    """Writes a network's files into a folder and returns what is found of each: of a runtime fp32, then int8.

    Args:
        network: the network
        runtimes: the runtimes
        calibration: photos that give the ranges of 8-bit numbers
        scored: photos that are scored
        folder: where the files are written
        threads: number of threads while latency is measured
        rounds: visits to each file in each of the repeated measurements

    Raises:
        ValueError: a runtime is not installed, or an image cannot be read
    """
    images = list(_images(calibration))
    paths, noise = dict[tuple[Runtime, Precision], Path](), dict[Runtime, dict[int, float]]()
    for runtime in runtimes:
        plain = runtime.file(network)
        int8 = runtime.int8(plain, _shown(images, f"{runtime.title}: calibrating"), network.about)
        noise[runtime] = _noise_db(runtime, plain, int8, images[:PHOTOS_FOR_NOISE], len(network.spec.layers) - 1)
        for precision, file in zip(PRECISIONS, (plain, int8), strict=True):
            path = paths[runtime, precision] = folder / f"{network.spec.name}-{precision}{runtime.ending}"
            with replacing(path) as new:
                new.write_bytes(file)
    engines = [runtime.engine(threads, precision) for runtime, precision in paths]
    module = network.build()
    runs = [engine.prepare(module, network.spec.input) for engine in engines]
    times_ms = repeated_ms(runs, Timing(rounds, VISIT_MS, PERCENTILE), np.random.default_rng(0))
    cores, found = available_cores(), list[Written]()
    for (runtime, precision), engine, own_ms in zip(paths, engines, times_ms.T, strict=True):
        path = paths[runtime, precision]
        run = runtime.outputs(path.read_bytes(), cores)
        scores = score((run, torch.device("cpu")), scored, min(BATCH, len(scored.images.labels)))
        mean_ms, std_ms = float(own_ms.mean()), float(own_ms.std(ddof=1))
        noise_db = noise[runtime] if precision == "int8" else {}
        memory = peak_memory_mb(path, threads)
        kinds_ms = engine.breakdown(network.spec)
        found.append(Written(runtime, precision, path, scores, mean_ms, std_ms, memory, kinds_ms, noise_db))
    return found


def signal_to_noise_db(right: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Returns the power of values over the power of their error, in decibels; infinite without an error."""
    error = ((found.astype(np.float64) - right) ** 2).sum()
    power = (right.astype(np.float64) ** 2).sum()
    return float(10 * np.log10(power / error)) if error and power else float("inf")


def _noise_db(runtime: Runtime, plain: bytes, int8: bytes, images: Sequence[ImageBatch], last: int) -> dict[int, float]:
    names = runtime.layer_names(plain, last)
    right, found = (runtime.layers(file, images, names) for file in (plain, int8))
    return {layer: signal_to_noise_db(right[layer], found[layer]) for layer in right if layer in found}


def _images(photos: Photos) -> Iterator[ImageBatch]:
    """Yields normalized photos, each ``(1, 3, H, W)``."""
    for position in range(len(photos.images.labels)):
        images, _ = photos.normalization([photos.images.centered([position]), photos.images.labels[:0]])
        yield images.numpy()


def _shown(images: Sequence[ImageBatch], title: str) -> Iterator[ImageBatch]:
    with Progress(title, len(images), "image", console=Console(stderr=True)) as bar:
        for image in images:
            yield image
            bar.advance()
