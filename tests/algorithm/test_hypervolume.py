"""The area that a set of evaluations dominates, and the table that compares runs by it."""

import importlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import yaml

from mobilenas.algorithm import hypervolume
from mobilenas.evaluation import Evaluation
from mobilenas.evaluation.store import Store


def at(latency_ms: float, accuracy: float, number: int = 0) -> Evaluation:
    return Evaluation((number,), accuracy, latency_ms, 1, 1)


def test_one_evaluation_dominates_a_rectangle() -> None:
    assert hypervolume([at(4.0, 0.5)], latency_ms=10.0) == pytest.approx(6.0 * 0.5)
    assert hypervolume([at(4.0, 0.5)], latency_ms=10.0, accuracy=0.2) == pytest.approx(6.0 * 0.3)


def test_several_dominate_a_staircase() -> None:
    evaluations = [at(4.0, 0.5), at(2.0, 0.3), at(5.0, 0.4)]
    assert hypervolume(evaluations, latency_ms=10.0) == pytest.approx(2.0 * 0.3 + 6.0 * 0.5)


def test_evaluations_beyond_the_reference_point_add_nothing() -> None:
    assert hypervolume([at(12.0, 0.9), at(4.0, 0.5)], latency_ms=10.0) == pytest.approx(3.0)
    assert hypervolume([at(12.0, 0.9)], latency_ms=10.0) == 0.0
    assert hypervolume([], latency_ms=10.0) == 0.0


def test_the_area_is_the_share_of_random_points_that_are_dominated() -> None:
    rng = np.random.default_rng(0)
    evaluations = [at(latency, accuracy) for latency, accuracy in rng.random((8, 2))]
    points = rng.random((200_000, 2))
    dominated = np.any(
        [(one.latency_ms <= points[:, 0]) & (one.accuracy >= points[:, 1]) for one in evaluations], axis=0
    )
    assert hypervolume(evaluations, latency_ms=1.0) == pytest.approx(dominated.mean(), abs=0.01)


def write_run(folder: Path, evaluations: list[Evaluation], front: list[Evaluation], mutation: str) -> None:
    (folder / "search").mkdir(parents=True)
    with Store(folder / "search" / "evaluations.sqlite") as store:
        for evaluation in evaluations:
            store.put("context", evaluation)
    (folder / "search" / "front.json").write_text(json.dumps([asdict(one) for one in front]))
    settings = {
        "experiment": "moga",
        "seed": 7,
        "algorithm": {"_target_": "mobilenas.algorithm.NSGA2", "mutation": mutation},
        "objective": {"maximize": {"accuracy": 0.5}, "minimize": {"latency_ms": 0.5}},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], str]:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    main: Callable[[list[str]], str] = importlib.import_module("bench.hypervolume").main
    return main


def test_runs_are_compared_against_the_slowest_latency_of_all(
    tmp_path: Path, compare: Callable[[list[str]], str]
) -> None:
    one, other = [at(4.0, 0.5, 0), at(2.0, 0.25, 1)], [at(10.0, 0.5, 0)]
    write_run(tmp_path / "a", one, one[:1], "hierarchical")
    write_run(tmp_path / "b", other, other, "random")
    _, first, second = compare([str(tmp_path / "a"), str(tmp_path / "b")]).splitlines()
    assert first.split() == ["a", "NSGA2", "hierarchical", "+accuracy", "-latency_ms", "7", "2", "3.5", "3"]
    assert second.split() == ["b", "NSGA2", "random", "+accuracy", "-latency_ms", "7", "1", "0", "0"]


def test_a_folder_without_a_finished_search_is_named(tmp_path: Path, compare: Callable[[list[str]], str]) -> None:
    with pytest.raises(ValueError, match=r"has no config\.yaml; give the folder of a run whose search is finished"):
        compare([str(tmp_path)])


def test_no_folder_at_all_shows_the_call(compare: Callable[[list[str]], str]) -> None:
    assert "RUN_FOLDER" in compare([])
