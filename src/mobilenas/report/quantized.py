"""Writes trained networks with 8 bits too, and compares both on their runtimes (MobileNetV3, Table 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mobilenas.data.labelled import LabelledImages
from mobilenas.quantization.comparison import Trained, quantized
from mobilenas.quantization.runtimes import RUNTIMES
from mobilenas.quantization.written import Variant, Written
from mobilenas.report.files import file_name
from mobilenas.report.result import ImageFormat, QuantizedFile
from mobilenas.report.usage import metadata

if TYPE_CHECKING:
    from torch import nn

    from mobilenas.data import ImageData
    from mobilenas.network import NetworkSpec

CALIBRATION_IMAGES, ROUNDS, SEED = 100, 12, 0
SUFFIXES: Mapping[Variant, str] = MappingProxyType({"fp32": "", "int8": "-int8"})


def quantized_files(
    spec: NetworkSpec,
    module: nn.Module,
    data: ImageData,
    images: ImageFormat,
    runtimes: Sequence[str],
    threads: int,
    folder: Path,
) -> tuple[QuantizedFile, ...]:
    """Writes a trained network's files for some runtimes; accuracy is that on the split ``test``.

    Training images give the ranges of numbers of 8 bits, the same ones for all networks.

    Args:
        spec: the network's description
        module: the module with its weights, in eval mode
        data: the images
        images: the format of the images that it was trained on
        runtimes: names of the runtimes
        threads: number of threads while latency is measured
        folder: where the files are written

    Raises:
        ValueError: a runtime is not installed
    """
    trained = Trained(spec, module, metadata(images), file_name(spec.name, ""))
    train, test = (
        LabelledImages(data.images, data.splits[name], data.classes, data.normalization) for name in ("train", "test")
    )
    calibration, _ = train.spread(CALIBRATION_IMAGES, SEED)
    chosen = [RUNTIMES[name] for name in runtimes]
    found = quantized(trained, chosen, calibration, test, folder, threads, ROUNDS, SUFFIXES)
    return tuple(_result(one, found) for one in found)


def _result(one: Written, found: Sequence[Written]) -> QuantizedFile:
    return QuantizedFile(
        file=one.path.name,
        runtime=one.runtime.title,
        variant=one.variant,
        top1=one.scores.accuracy.top1,
        agreement=one.agreement(found),
        latency_ms=one.latency_ms,
        latency_std_ms=one.latency_std_ms,
        size_mb=one.size_mb,
        peak_memory_mb=one.peak_memory_mb,
        kinds_ms=one.kinds_ms,
        noise_db=one.noise_db,
    )
