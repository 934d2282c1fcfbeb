"""Kendall's and Spearman's rank correlation of two scores, with an interval by bootstrap samples.

Daniels, "The Relation Between Measures of Correlation in the Universe of Sample Permutations", Biometrika 1944: both
are the cosine of two matrices that compare all pairs, or of the sums of their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
"""The number of bootstrap samples."""

COVERED = 0.95
"""The share of the bootstrap samples whose correlation is within the interval."""

Correlation = Callable[[ArrayLike, ArrayLike], float]
"""Returns the correlation of two scores of the same things; not a number if all values of a score are equal."""


@dataclass(frozen=True)
class RankCorrelation:
    """A rank correlation in [-1, 1], and the bounds of its interval.

    All three are None if they are not defined, because all values of one of the scores are equal.
    """

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return "not defined, because all values of a score are equal"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def kendall_tau(one: ArrayLike, other: ArrayLike) -> float:
    r"""Returns Kendall's tau-b, which counts pairs in the same order, less those in the other order.

    .. math:: \tau_b = \frac{\sum_{ij} s_{ij} t_{ij}}{\sqrt{\sum_{ij} s_{ij}^2 \sum_{ij} t_{ij}^2}}
    """
    return _cosine(_orders(one).ravel(), _orders(other).ravel())


def spearman_rho(one: ArrayLike, other: ArrayLike) -> float:
    """Returns Spearman's rho: Pearson's correlation of the ranks; equal values share their mean rank."""
    return _cosine(_orders(one).sum(axis=1), _orders(other).sum(axis=1))


def with_interval(correlation: Correlation, one: Sequence[float], other: Sequence[float], seed: int) -> RankCorrelation:
    """Returns a correlation with its percentile interval over ``RESAMPLES`` bootstrap samples of the things.

    Samples without a correlation, in which all values of a score are equal, are left out.

    Args:
        correlation: computes it
        one: a score of each thing
        other: another score of each thing
        seed: draws the samples
    """
    pairs, rng = np.array([one, other], dtype=float), np.random.default_rng(seed)
    count = pairs.shape[1]
    value = correlation(*pairs)
    drawn = np.array([correlation(*pairs[:, rng.integers(0, count, count)]) for _ in range(RESAMPLES)])
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(defined):
        return RankCorrelation(None, None, None)
    low, high = np.quantile(defined, [(1 - COVERED) / 2, (1 + COVERED) / 2])
    return RankCorrelation(value, float(low), float(high))


def _orders(values: ArrayLike) -> NDArray[np.float64]:
    """Returns 1 where a value is above another, -1 where it is below, else 0, ``(N, N)``."""
    values = np.asarray(values, dtype=float)
    orders: NDArray[np.float64] = np.sign(values[:, None] - values)
    return orders


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    lengths = float(one @ one) * float(other @ other)
    return max(-1.0, min(1.0, float(one @ other) / sqrt(lengths))) if lengths else float("nan")
