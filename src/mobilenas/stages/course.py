"""The course of a search: what it has found after each batch of evaluations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mobilenas.algorithm import hypervolume
from mobilenas.evaluation import Evaluation
from mobilenas.hardware.network_costs import CostModel
from mobilenas.search_space import SearchSpace
from mobilenas.tracking import Series

SAMPLE = 100
"""The number of random architectures, of which the slowest one bounds the hypervolume."""


class SearchCourse:
    r"""Adds to a series what a search has found; a step is the number of its evaluations.

    The hypervolume is the mean, over all latencies up to a bound B, of the best accuracy within the latency, in [0, 1].

    .. math:: H = \frac{1}{B} \int_0^B \max_{m: \text{LAT}(m) \le t} \text{ACC}(m) \, dt

    Args:
        series: the figures of the search
        slowest_ms: the latency that bounds the hypervolume, :math:`B`
        target_ms: the target latency, if the search has one
    """

    def __init__(self, series: Series, slowest_ms: float, target_ms: float | None) -> None:
        self._series, self._slowest_ms, self._target_ms = series, slowest_ms, target_ms
        self._front: list[Evaluation] = []
        self._seen = self._failures = 0

    def __call__(self, told: Sequence[Evaluation]) -> None:
        """Adds a step; without new evaluations it adds nothing."""
        new, self._seen = told[self._seen :], len(told)
        if not new:
            return
        self._failures += sum(one.failure is not None for one in new)
        self._front = curve([*self._front, *new])
        self._series.add(self._seen, self._figures())

    def _figures(self) -> dict[str, float]:
        figures = {
            "evaluations": self._seen,
            "failures": self._failures,
            "front": len(self._front),
            "best_top1": max((one.accuracy for one in self._front), default=0.0),
            "hypervolume": hypervolume(self._front, self._slowest_ms) / self._slowest_ms,
        }
        if self._target_ms is not None:
            within = [one.accuracy for one in self._front if one.latency_ms <= self._target_ms]
            figures["best_top1_under_target"] = max(within, default=0.0)
        return figures


def curve(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Returns the evaluations than which none is faster and as accurate, by rising latency, without failures."""
    best: list[Evaluation] = []
    found = (one for one in evaluations if one.failure is None)
    for one in sorted(found, key=lambda one: (one.latency_ms, -one.accuracy)):
        if not best or one.accuracy > best[-1].accuracy:
            best.append(one)
    return best


def slowest_ms(space: SearchSpace, costs: CostModel) -> float:
    """Returns the latency of the slowest of 100 random architectures, the same ones for every search of a space."""
    drawn = space.sample(SAMPLE, np.random.default_rng(0))
    return float(costs([tuple(one) for one in drawn.tolist()]).latency_ms.max())
