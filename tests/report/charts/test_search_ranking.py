"""The rank correlation of the search's scores with test accuracies."""

import re
from dataclasses import replace

import numpy as np
from scipy.stats import kendalltau

from mobilenas.report import RunResult
from mobilenas.report.charts.search_ranking import search_ranking_chart
from tests.report.charts.reading import titles, words


def with_networks(result: RunResult, count: int) -> RunResult:
    rng = np.random.default_rng(count)
    first = result.networks[0]
    networks = tuple(
        replace(
            first,
            spec=replace(first.spec, name=f"moga-{number}"),
            evaluation=one,
            test_accuracy=one.accuracy + 0.05 * rng.random(),
        )
        for number, one in enumerate(result.evaluations[:count], 1)
    )
    return replace(result, networks=networks)


def test_the_correlation_is_that_of_scipy(result: RunResult) -> None:
    for count in (4, 7, 12):
        run = with_networks(result, count)
        scores = [one.evaluation.accuracy for one in run.networks if one.evaluation]
        expected = kendalltau(scores, [one.test_accuracy for one in run.networks]).statistic
        drawn = search_ranking_chart(run)
        (said,) = [one for one in words(drawn) if one.startswith("Kendall")]
        found = re.search(r"is (-?\d\.\d\d) \((-?\d\.\d\d) to (-?\d\.\d\d)\)", said)
        assert found and f"for {count} networks" in said
        tau, low, high = map(float, found.groups())
        assert abs(tau - expected) < 0.006 and low <= tau <= high
        assert len(titles(drawn)) == count


def test_three_networks_have_no_order_worth_telling(result: RunResult) -> None:
    assert len(result.networks) == 3 and search_ranking_chart(result) == ""


def test_networks_that_were_not_trained_do_not_count(result: RunResult) -> None:
    run = with_networks(result, 4)
    untrained = replace(run.networks[0], test_accuracy=None)
    assert search_ranking_chart(replace(run, networks=(untrained, *run.networks[1:]))) == ""
