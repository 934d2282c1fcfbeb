"""What is found of a file of a network on its runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from mobilenas.engine.base import Precision
from mobilenas.quantization.runtime import Runtime
from mobilenas.quantization.variants import Variant, plain_of, precision_of


class Comparable(Protocol):
    """What a file answers to some images."""

    def agreement(self, other: Any) -> float:
        """Returns how much the answers of two files agree, in [0, 1]."""


FileAnswers = TypeVar("FileAnswers", bound=Comparable)


@dataclass(frozen=True, eq=False)
class Written(Generic[FileAnswers]):
    """A file of a network, and what was found of it.

    Args:
        runtime: its runtime
        variant: how it was made
        path: the file, or the first of them where a network is more than one
        scores: its answers to the images
        latency_ms: milliseconds of one forward pass, the mean of repeated measurements
        latency_std_ms: standard deviation of these measurements
        peak_memory_mb: the most memory that it took in a process of its own; None where the system does not tell
        kinds_ms: milliseconds of one forward pass by kind of operation
        noise_db: signal to noise of each layer's values in decibels, against fp32, by the number of the layer
    """

    runtime: Runtime
    variant: Variant
    path: Path
    scores: FileAnswers
    latency_ms: float
    latency_std_ms: float
    peak_memory_mb: float | None
    kinds_ms: Mapping[str, float]
    noise_db: Mapping[int, float]

    @property
    def precision(self) -> Precision:
        return precision_of(self.variant)

    @property
    def size_mb(self) -> float:
        return sum(path.stat().st_size for path in self.runtime.paths(self.path)) / 1e6

    def agreement(self, others: Sequence[Written[FileAnswers]]) -> float:
        """Returns how much its answers agree with those of the file of 32 bits with its weights, in [0, 1]."""
        same = plain_of(self.variant)
        plain = next(other for other in others if other.runtime is self.runtime and other.variant == same)
        return self.scores.agreement(plain.scores)
