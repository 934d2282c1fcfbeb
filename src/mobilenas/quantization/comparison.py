"""Writes a network with 8 bits, and compares it with the same network with 32 bits on the runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import nn

from mobilenas.cores import available_cores
from mobilenas.data.labelled import LabelledImages
from mobilenas.engine.file_memory import peak_memory_mb
from mobilenas.network import NetworkSpec
from mobilenas.progress import Progress
from mobilenas.quantization.noise import noise_db
from mobilenas.quantization.runtime import ImageBatch, Runtime
from mobilenas.quantization.variants import Variant, plain_of, precision_of
from mobilenas.quantization.written import FileAnswers, Written
from mobilenas.timing import Timing
from mobilenas.timing.repeated import repeated_ms
from mobilenas.training.scores import Runner, Scores, score

VISIT_MS, PERCENTILE = 10.0, 10.0  # as conf/hardware/cpu.yaml
IMAGES_FOR_NOISE = 16
BATCH = 64  # images that are read at once


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network.

    Args:
        spec: its description
        module: its module in eval mode
        about: texts by name, which stand in its files
        stem: the name of its files, without suffix and ending
        tuned: the module after quantization-aware fine-tuning, in eval mode
    """

    spec: NetworkSpec
    module: nn.Module
    about: Mapping[str, str]
    stem: str
    tuned: nn.Module | None = None


def quantized(
    network: Trained,
    runtimes: Sequence[Runtime],
    images: Sequence[ImageBatch],
    answers_of: Callable[[Runner], FileAnswers],
    folder: Path,
    threads: int,
    rounds: int,
    suffixes: Mapping[Variant, str],
) -> list[Written[FileAnswers]]:
    """Writes a network's files into a folder and returns what is found of each: of a runtime fp32, then int8.

    Args:
        network: the network
        runtimes: the runtimes
        images: normalized images ``(1, 3, H, W)`` that give the ranges of 8-bit numbers
        answers_of: returns what a file answers to the images that are scored
        folder: where the files are written
        threads: number of threads while latency is measured
        rounds: visits to each file in each of the repeated measurements
        suffixes: what follows the stem in the name of a file

    Raises:
        ValueError: a runtime is not installed, or an image cannot be read
    """
    spec = network.spec
    files = dict[tuple[Runtime, Variant], tuple[Path, Mapping[int, float]]]()
    for runtime in runtimes:
        made = _files(network, runtime, images)
        for variant, file in made.items():
            path = folder / f"{network.stem}{suffixes[variant]}{runtime.ending}"
            runtime.write(file, path)
            plain = made[plain_of(variant)]
            noisy = {} if file is plain else _noise(runtime, plain, file, images, spec)
            files[runtime, variant] = path, noisy
    engines = [runtime.engine(threads, precision_of(variant)) for runtime, variant in files]
    runs = [engine.prepare(network.module, spec.input) for engine in engines]
    times_ms = repeated_ms(runs, Timing(rounds, VISIT_MS, PERCENTILE), np.random.default_rng(0))
    cores, found = available_cores(), list[Written[FileAnswers]]()
    for ((runtime, variant), (path, noise)), engine, own_ms in zip(files.items(), engines, times_ms.T, strict=True):
        run = runtime.outputs(runtime.read(path), cores)
        answers = answers_of(run)
        latency = float(own_ms.mean()), float(own_ms.std(ddof=1))
        memory, kinds_ms = peak_memory_mb(path, threads), engine.breakdown(spec)
        found.append(Written(runtime, variant, path, answers, *latency, memory, kinds_ms, noise))
    return found


def _files(network: Trained, runtime: Runtime, images: Sequence[ImageBatch]) -> dict[Variant, bytes]:
    """Returns a network's files for a runtime, by how they were made."""
    plain, shown = runtime.file(network.spec, network.module, network.about), f"{runtime.title}: calibrating"
    made: dict[Variant, bytes] = {"fp32": plain, "int8": runtime.int8(plain, _shown(images, shown), network.about)}
    if network.tuned is not None:
        tuned = runtime.file(network.spec, network.tuned, network.about)
        made |= {"fp32-aware": tuned, "int8-aware": runtime.int8(tuned, _shown(images, shown), network.about)}
    return made


def _noise(
    runtime: Runtime, plain: bytes, int8: bytes, images: Sequence[ImageBatch], spec: NetworkSpec
) -> dict[int, float]:
    return noise_db(runtime, plain, int8, images[:IMAGES_FOR_NOISE], None if spec.head else len(spec.layers) - 1)


def answers_to(scored: LabelledImages, run: Runner) -> Scores:
    """Returns what a file answers to labelled images."""
    return score((run, torch.device("cpu")), scored, min(BATCH, len(scored)))


def normalized(images: LabelledImages) -> Iterator[ImageBatch]:
    """Yields normalized images, each ``(1, 3, H, W)``."""
    for position in images.positions.tolist():
        one, _ = images.normalization([images.images.centered([position]), images.labels[:0]])
        yield one.numpy()


def _shown(images: Sequence[ImageBatch], title: str) -> Iterator[ImageBatch]:
    with Progress(title, len(images), "image", console=Console(stderr=True)) as bar:
        for image in images:
            yield image
            bar.advance()
