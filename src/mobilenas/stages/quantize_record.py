"""The record of the networks that were written with 8 bits: what was found of each file on its runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mobilenas.files.record import read_record, strict
from mobilenas.quantization.variants import Variant
from mobilenas.settings.kinds import Probability

RECORD = "record.json"


@strict
@dataclass(frozen=True)
class QuantizedFile:
    """A network's file with 32 or with 8 bits, and what was found of it on its runtime.

    Args:
        file: name of the file
        runtime: name of the runtime, in words
        variant: how it was made: ``fp32``, ``int8``, or ``fp32-aware`` and ``int8-aware`` after quantization-aware
            fine-tuning
        accuracy: accuracy on the runtime, on the split ``test``
        agreement: share of these images to which it answers the same class as the file of 32 bits with the same weights
        latency_ms: milliseconds of one forward pass with one image on this machine's processor
        latency_std_ms: standard deviation of repeated measurements
        size_mb: size of the file in megabytes
        peak_memory_mb: the most megabytes of memory that a process needed for it; None if that is not known
        beside: names of further files that belong to it, as OpenVINO's weights
        kinds_ms: milliseconds of one forward pass by kind of operation
        noise_db: signal to noise of each layer's values in decibels, by the number of the layer; None without any
            noise; empty with 32 bits
    """

    file: str
    runtime: str
    variant: Variant
    accuracy: Probability
    agreement: Probability
    latency_ms: float
    latency_std_ms: float
    size_mb: float
    peak_memory_mb: float | None = None
    beside: tuple[str, ...] = ()
    kinds_ms: Mapping[str, float] = field(default_factory=dict)
    noise_db: Mapping[int, float | None] = field(default_factory=dict)


@strict
@dataclass(frozen=True)
class QuantizeRecord:
    """The content of the stage's record.json.

    Args:
        files: the files of each network, by its name
        int8_instructions: the processor's instructions for products of 8 bits
        fine_tuned: the quantization-aware fine-tuning in words, or an empty text
    """

    files: Mapping[str, tuple[QuantizedFile, ...]]
    int8_instructions: str
    fine_tuned: str

    @classmethod
    def load(cls, folder: Path) -> QuantizeRecord:
        """Reads the record in the stage's folder; raises ValueError if the file is not as the stage wrote it."""
        found: QuantizeRecord = read_record(folder / RECORD, QuantizeRecord)
        return found
