"""Rank correlations and their intervals, compared with those that scipy computes."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from mobilenas.evaluation.rank_correlation import (
    COVERED,
    RESAMPLES,
    Correlation,
    kendall_tau,
    spearman_rho,
    with_interval,
)

RNG = np.random.default_rng(0)
WITHOUT_TIES = [RNG.normal(size=(2, count)) for count in (2, 3, 24, 60)]
WITH_TIES = [RNG.integers(0, 6, size=(2, count)) / 5 for count in (6, 24, 60)]
SCIPYS = ((kendall_tau, kendalltau), (spearman_rho, spearmanr))


@pytest.mark.parametrize(("own", "scipys"), SCIPYS, ids=["tau", "rho"])
@pytest.mark.parametrize("scores", WITHOUT_TIES + WITH_TIES, ids=lambda scores: f"{scores.shape[1]} networks")
def test_it_is_the_correlation_that_scipy_computes(own: Correlation, scipys: object, scores: np.ndarray) -> None:
    assert callable(scipys)
    assert own(*scores) == pytest.approx(scipys(*scores).statistic)


@pytest.mark.parametrize("correlation", [kendall_tau, spearman_rho])
def test_it_looks_at_the_order_alone(correlation: Correlation) -> None:
    scores = [0.1, 0.5, 0.2, 0.9]
    assert correlation(scores, np.exp(scores)) == 1
    assert correlation(scores, np.negative(scores)) == -1


def direct(scores: Sequence[float], accuracies: Sequence[float], seed: int) -> tuple[float, float]:
    """The bounds that 95% of the taus of resampled networks lie between."""
    rng, taus = np.random.default_rng(seed), []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(scores), len(scores))
        taus.append(kendalltau(np.take(scores, drawn), np.take(accuracies, drawn)).statistic)
    low, high = np.nanpercentile(taus, [2.5, 97.5])
    return float(low), float(high)


@pytest.mark.parametrize("scores", [WITHOUT_TIES[2], WITH_TIES[0]], ids=["24 networks", "6 networks, with ties"])
def test_the_interval_is_that_of_a_direct_bootstrap(scores: np.ndarray) -> None:
    one, other = scores.tolist()
    found = with_interval(kendall_tau, one, other, seed=3)
    assert COVERED == 0.95
    assert (found.low, found.high) == pytest.approx(direct(one, other, seed=3))
    assert found.value == pytest.approx(kendalltau(one, other).statistic)


def test_the_interval_covers_the_true_correlation_as_often_as_it_says() -> None:
    """Of pairs with normal distribution and correlation r, tau is 2 / pi arcsin(r)."""
    true, rng = 2 / np.pi * np.arcsin(0.6), np.random.default_rng(1)
    covered = 0
    for seed in range(100):
        one, other = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 24).T.tolist()
        found = with_interval(kendall_tau, one, other, seed)
        assert found.low is not None and found.high is not None
        covered += found.low <= true <= found.high
    assert 85 <= covered <= 100


def test_it_is_not_defined_where_all_scores_are_equal() -> None:
    found = with_interval(kendall_tau, [0.1, 0.1, 0.1], [0.1, 0.2, 0.3], seed=0)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert str(found) == "not defined, because all values of a score are equal"


def test_it_is_written_with_its_interval() -> None:
    found = with_interval(spearman_rho, [1, 2, 3, 4], [1, 2, 3, 4], seed=0)
    assert str(found) == "1.00 (1.00 to 1.00)"
