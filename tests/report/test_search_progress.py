"""The course of a search, compared with direct computations for each moment."""

import numpy as np
import pytest

from mobilenas.evaluation import Evaluation
from mobilenas.report import RunResult
from mobilenas.report.search_progress import ReferencePoint, moments, spread_counts


def direct_front(evaluations: tuple[Evaluation, ...]) -> set[tuple[float, float]]:
    """The places of all evaluations that no other one is at least as good as in both and better in one."""
    places = {(one.latency_ms, one.accuracy) for one in evaluations}
    return {
        (x, y)
        for x, y in places
        if not any(a <= x and b >= y and (a, b) != (x, y) for a, b in places)
    }  # fmt: skip


def direct_share(evaluations: tuple[Evaluation, ...], every: tuple[Evaluation, ...]) -> float:
    """The dominated share of the rectangle, as the mean of the highest accuracy over many latencies."""
    ms = np.array([one.latency_ms for one in every])
    low, high = min(one.accuracy for one in every), max(one.accuracy for one in every)
    at = np.linspace(ms.min(), ms.max(), 20_001)
    best = np.full(len(at), low)
    for one in evaluations:
        best = np.where(at >= one.latency_ms, np.maximum(best, one.accuracy), best)
    return float((best - low).mean() / (high - low))


def test_each_front_is_that_of_all_evaluations_until_then(result: RunResult) -> None:
    counts = spread_counts((), len(result.evaluations), 30)
    found = list(moments(result.evaluations, counts))
    assert [one.evaluations for one in found] == list(counts)
    for one in found:
        expected = direct_front(result.evaluations[: one.evaluations])
        assert {(member.latency_ms, member.accuracy) for member in one.front} == expected


def test_the_hypervolume_is_the_area_that_is_dominated(result: RunResult) -> None:
    reference = ReferencePoint.of(result.evaluations)
    shares = []
    for one in moments(result.evaluations, (1, 5, 20, 80, 150)):
        shares.append(reference.share(one.front))
        expected = direct_share(result.evaluations[: one.evaluations], result.evaluations)
        assert shares[-1] == pytest.approx(expected, abs=1e-3)
    assert shares == sorted(shares) and 0 <= shares[0] < shares[-1] <= 1


def test_a_search_that_found_one_point_has_no_area(result: RunResult) -> None:
    reference = ReferencePoint.of(result.evaluations[:1])
    assert (reference.area, reference.share(result.evaluations[:1])) == (0.0, 0.0)


@pytest.mark.parametrize("total", [1, 7, 100, 101, 8400])
@pytest.mark.parametrize("most", [1, 5, 100])
def test_moments_rise_to_the_total_at_equal_distances(total: int, most: int) -> None:
    counts = spread_counts((), total, most)
    steps = np.diff((0, *counts))
    assert counts[-1] == total and len(counts) == min(total, most)
    assert steps.min() >= 1 and steps.max() - steps.min() <= 1


def test_moments_are_ends_of_rounds_where_these_are_known() -> None:
    assert spread_counts((10, 18, 18, 27, 35), 35, 2) == (18, 35)
    assert spread_counts((10, 18, 27), 30, 100) == (10, 18, 27, 30)  # the last round was not told
    assert spread_counts((0, 3), 3, 100) == (3,)  # nothing but failures in the first round
