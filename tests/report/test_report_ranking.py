"""The page shows how well a supernet ranks, if a run has measured it."""

import re
from dataclasses import replace

import pytest

from mobilenas.report import RunResult
from mobilenas.report.caveats import caveats
from mobilenas.report.page import page
from mobilenas.report.ranking_section import ranking_section
from mobilenas.search_space import LayerwiseSpace
from mobilenas.stages import RankingRecord
from mobilenas.stages.ranking import ranking_of
from mobilenas.stages.ranking_record import RankedNetwork


@pytest.fixture(scope="module")
def ranking(space: LayerwiseSpace) -> RankingRecord:
    """Five networks, of which the supernet has one pair of ten in the wrong order."""
    accuracies, scores = (0.5, 0.55, 0.6, 0.65, 0.7), (0.2, 0.3, 0.4, 0.6, 0.5)
    networks = [
        RankedNetwork((number,) * len(space.options), score, accuracy, accuracy + 0.01)
        for number, (score, accuracy) in enumerate(zip(scores, accuracies, strict=True))
    ]
    return ranking_of("3 epochs", networks, 400, seed=0)


def test_it_tells_the_correlation_its_interval_and_what_the_accuracies_are_worth(ranking: RankingRecord) -> None:
    assert (ranking.tau.value, ranking.rho.value) == (
        pytest.approx(0.8),
        pytest.approx(0.9),
    )  # (9 - 1) / 10; 1 - 6 * 2 / 120
    words = ranking_section(ranking)
    assert f"0.80 ({ranking.tau.low:.2f} to {ranking.tau.high:.2f})" in words
    assert "standard deviation of 7.9 points" in words  # of 50, 55, 60, 65, 70
    assert "standard error of 2.4 points" in words  # sqrt(.6 * .4 / 400)
    assert "95% of 2,000 bootstrap samples" in words and "(seed 0)" in words and "3 epochs" in words


def test_each_network_is_a_dot_and_a_row_the_highest_score_first(ranking: RankingRecord) -> None:
    words = ranking_section(ranking)
    assert len(re.findall(r"<circle class=\"dot accent\"", words)) == 5
    scores = re.findall(r'data-title="score of the supernet, %">([\d.]+)', words)
    assert [float(score) for score in scores] == [60, 50, 40, 30, 20]


def test_the_page_has_it_only_where_it_was_measured(result: RunResult, ranking: RankingRecord) -> None:
    title = "How well the supernet ranks"
    ranked = replace(result, ranking=ranking)
    assert title in page(ranked) and title not in page(result)
    assert any("this run did not measure how well it ranks" in one for one in caveats(result))
    assert any("was measured with 5 networks: Kendall's tau is 0.80" in one for one in caveats(ranked))
