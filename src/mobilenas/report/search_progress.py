"""The course of a search: the front and its hypervolume after some of the evaluations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mobilenas.algorithm import hypervolume
from mobilenas.evaluation import Evaluation
from mobilenas.objective import ACCURACY_LATENCY

MOST = 100
"""The most moments at which the front is computed."""


@dataclass(frozen=True)
class Moment:
    """A moment of a search.

    Args:
        evaluations: number of evaluations until then
        front: the evaluations that are non-dominated in accuracy and latency, by rising latency
    """

    evaluations: int
    front: tuple[Evaluation, ...]


@dataclass(frozen=True)
class ReferencePoint:
    """The point up to which a hypervolume counts: the slowest latency and the lowest accuracy of all evaluations.

    Args:
        latency_ms: its latency
        accuracy: its accuracy
        area: accuracy times milliseconds, of the rectangle from this point to the fastest latency and the highest
            accuracy, which no front can exceed
    """

    latency_ms: float
    accuracy: float
    area: float

    @classmethod
    def of(cls, evaluations: Sequence[Evaluation]) -> ReferencePoint:
        """Returns the reference point of all evaluations of a search."""
        latencies, accuracies = [one.latency_ms for one in evaluations], [one.accuracy for one in evaluations]
        area = (max(latencies) - min(latencies)) * (max(accuracies) - min(accuracies))
        return cls(max(latencies), min(accuracies), area)

    def share(self, front: Sequence[Evaluation]) -> float:
        """Returns the hypervolume of a front as a share of the rectangle, in [0, 1]."""
        return hypervolume(front, self.latency_ms, self.accuracy) / self.area if self.area else 0.0


def moments(evaluations: Sequence[Evaluation], counts: Sequence[int]) -> Iterator[Moment]:
    """Yields the front after each of some numbers of evaluations.

    Args:
        evaluations: the evaluations in their order
        counts: rising numbers of evaluations
    """
    front: list[Evaluation] = []
    for begin, end in zip((0, *counts), counts, strict=False):
        front = ACCURACY_LATENCY.non_dominated([*front, *evaluations[begin:end]])
        yield Moment(end, tuple(front))


def spread_counts(rounds: Sequence[int], total: int, most: int = MOST) -> tuple[int, ...]:
    """Returns some numbers of evaluations at equal distances, the last of them the total.

    Args:
        rounds: numbers of evaluations at the ends of rounds, from which they are taken; if there are none, all are
        total: number of all evaluations
        most: the largest number of moments
    """
    ends = [one for one in dict.fromkeys((*rounds, total)) if 0 < one <= total] if rounds else range(1, total + 1)
    steps = min(most, len(ends))
    return tuple(sorted(ends[len(ends) * step // steps - 1] for step in range(1, steps + 1)))
