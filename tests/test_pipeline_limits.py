"""A run under limits: its search scores nothing beyond them, and it can choose the most accurate networks."""

from pathlib import Path

import pytest

from mobilenas.evaluation import Evaluation
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.settings import SettingsError
from mobilenas.stages.found import SearchRecord
from mobilenas.stages.retrain_record import RetrainRecord
from tests.given_weights import AROUND, BRIEF, SPACE, as_given, made, planned, weights

FREE = "stages=[profile,supernet,search,retrain,report]"


@pytest.fixture
def given(tmp_path: Path) -> str:
    return f"weights={as_given(tmp_path, 'safetensors', weights())}"


def _told(folder: Path) -> tuple[Evaluation, ...]:
    return SearchRecord.load(folder / "search", SPACE).told


@pytest.mark.parametrize("algorithm", ["nsga2", "random"])
def test_nothing_beyond_the_limit_is_scored_and_the_page_says_the_limit(
    algorithm: str, given: str, tmp_path: Path
) -> None:
    common = (*AROUND, *BRIEF, given, f"algorithm={algorithm}", "scale.samples=8", FREE)
    free = _told(made(tmp_path, *common).run.folder)
    limit = sorted(one.latency_ms for one in free)[len(free) // 2]
    assert any(one.latency_ms > limit for one in free)
    run = made(tmp_path, *common, f"algorithm.limits.latency_ms={limit!r}").run
    told = _told(run.folder)
    assert told and all(one.latency_ms <= limit for one in told)
    page = " ".join((run.folder / "report" / "index.html").read_text().split())
    assert f"latency_ms at most {limit:g}" in page


@pytest.mark.parametrize("count", [1, 2])
def test_the_most_accurate_networks_are_chosen_if_they_are_asked_for(count: int, given: str, tmp_path: Path) -> None:
    run = made(tmp_path, *AROUND, *BRIEF, given, f"choose={count}", "choose_by=accuracy", FREE).run
    told = _told(run.folder)
    found = [one.evaluation for one in RetrainRecord.load(run.folder / "retrain", SPACE).networks]
    chosen = sorted((one for one in found if one), key=lambda one: -one.accuracy)
    curve = ACCURACY_LATENCY.non_dominated(told)
    assert len(chosen) == min(count, len(curve))
    assert [one.accuracy for one in chosen] == [one.accuracy for one in curve[::-1][:count]]
    assert chosen[0].accuracy == max(one.accuracy for one in told)
    assert planned(tmp_path, *AROUND, *BRIEF, given, f"choose={count}", FREE).run.folder != run.folder


def test_with_a_reward_they_are_those_within_its_target(given: str, tmp_path: Path) -> None:
    common = (*AROUND, *BRIEF, given, "algorithm=random", "scale.samples=8", "objective=latency_reward", FREE)
    free = _told(made(tmp_path, *common, "objective.target_ms=1").run.folder)
    by_latency = sorted(free, key=lambda one: one.latency_ms)
    target_ms = by_latency[len(free) // 2].latency_ms
    run = made(tmp_path, *common, f"objective.target_ms={target_ms!r}", "choose=1", "choose_by=accuracy").run
    (chosen,) = RetrainRecord.load(run.folder / "retrain", SPACE).networks
    within = [one for one in _told(run.folder) if one.latency_ms <= target_ms]
    assert chosen.evaluation and chosen.evaluation.accuracy == max(one.accuracy for one in within)
    assert chosen.evaluation.latency_ms <= target_ms
    with pytest.raises(
        ValueError, match=r"No network that the search has evaluated takes at most 0\.0001 ms, .* set a"
    ):
        made(tmp_path, *common, "objective.target_ms=0.0001", "choose=1", "choose_by=accuracy")


def test_wrong_limits_are_told_before_any_work(given: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"algorithm\.limits\.latency_ms must be a number above 0 or null"):
        planned(tmp_path, *AROUND, *BRIEF, given, "algorithm.limits.latency_ms=-1")
    with pytest.raises(SettingsError, match="choose_by must be one of spread, accuracy"):
        planned(tmp_path, *AROUND, *BRIEF, given, "choose_by=best")
