"""The record of a supernet: the method in words, what it has learned, and the scores of random architectures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, with_config

from mobilenas.files.record import damaged, read_record, strict
from mobilenas.settings.kinds import Latency, Probability

WEIGHTS, LEARNED, RANDOM, RECORD = "supernet.safetensors", "learned.json", "random_architectures.json", "record.json"

ROUNDING = 1e-4
"""The largest difference from 1 that the sum of probabilities has by rounding."""


@strict
@dataclass(frozen=True)
class SupernetFacts:
    """The content of the stage's record.json: the method and its training in words, and the method's target."""

    made_by: str
    target_ms: Latency | None


@strict
@dataclass(frozen=True)
class Epoch:
    """The latency of the architecture parameters after one epoch."""

    expected_latency_ms: Latency
    derived_latency_ms: Latency


@with_config(ConfigDict(extra="ignore", allow_inf_nan=False))  # a method of one's own may learn more
@dataclass(frozen=True)
class Learned:
    """The content of the stage's learned.json, with what a run's other stages read; see ``SupernetRecord``."""

    probabilities: tuple[tuple[Probability, ...], ...] | None = None
    history: tuple[Epoch, ...] = ()
    probabilities_by_epoch: tuple[tuple[tuple[Probability, ...], ...], ...] = ()


@dataclass(frozen=True)
class SupernetRecord:
    """The results of the stage.

    Args:
        made_by: the method and its training, in words
        random_top1: accuracies of random architectures
        probabilities: the probabilities of the candidates of each choice block; None if the method learns none
        history: expected and derived latency in milliseconds after each epoch; empty if the method learns none
        target_ms: the target latency of the method
        probabilities_by_epoch: the probabilities of each choice block after each epoch; empty if the method learns
            none, or in a record of an older version
    """

    made_by: str
    random_top1: tuple[float, ...]
    probabilities: tuple[tuple[float, ...], ...] | None
    history: tuple[tuple[float, float], ...]
    target_ms: float | None
    probabilities_by_epoch: tuple[tuple[tuple[float, ...], ...], ...] = ()

    @classmethod
    def load(cls, folder: Path) -> SupernetRecord:
        """Reads the record in the stage's folder; raises ValueError if a file is not as the stage wrote it."""
        facts: SupernetFacts = read_record(folder / RECORD, SupernetFacts)
        learned: Learned = read_record(folder / LEARNED, Learned)
        if wrong := next((p for p in learned.probabilities or () if abs(sum(p) - 1) > ROUNDING), None):
            raise damaged(folder / LEARNED, f"the probabilities {list(wrong)} do not sum to 1")
        scores: tuple[float, ...] = read_record(folder / RANDOM, tuple[Probability, ...])
        history = tuple((one.expected_latency_ms, one.derived_latency_ms) for one in learned.history)
        by_epoch = learned.probabilities_by_epoch
        return cls(facts.made_by, scores, learned.probabilities, history, facts.target_ms, by_epoch)

    def learned(self) -> tuple[tuple[float, ...], ...]:
        """Returns the probabilities.

        Raises:
            ValueError: the method has learned none
        """
        if self.probabilities is None:
            raise ValueError(
                "The supernet has learned no probabilities: train it with method=binarized or method=gumbel."
            )
        return self.probabilities
