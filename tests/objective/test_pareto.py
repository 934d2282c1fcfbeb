"""Objectives: columns, signs, weights and fronts."""

from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from mobilenas.conf_dir import conf_dir
from mobilenas.evaluation import Evaluation
from mobilenas.objective import ParetoObjective

FILES = sorted((conf_dir() / "objective").glob("accuracy_*.yaml"))

FAST = Evaluation((0,), accuracy=0.6, latency_ms=2.0, macs=10, params=100)
GOOD = Evaluation((1,), accuracy=0.7, latency_ms=4.0, macs=20, params=300)
BEATEN = Evaluation((2,), accuracy=0.5, latency_ms=5.0, macs=5, params=200)
LARGE = Evaluation((3,), accuracy=0.5, latency_ms=5.0, macs=30, params=900)
ALL = [GOOD, LARGE, FAST, BEATEN]


def test_all_columns_are_to_be_minimized() -> None:
    objective = ParetoObjective(maximize={"accuracy": 0.4, "params": 0.2}, minimize={"latency_ms": 0.3, "macs": 0.1})
    assert objective.figures == ("accuracy", "params", "latency_ms", "macs")
    np.testing.assert_array_equal(objective.weights, [0.4, 0.2, 0.3, 0.1])
    np.testing.assert_array_equal(objective.matrix([FAST, GOOD]), [[-0.6, -100, 2.0, 10], [-0.7, -300, 4.0, 20]])
    assert objective.matrix([]).shape == (0, 4)


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5}), [FAST, GOOD]),
        (ParetoObjective(maximize={"accuracy": 0.4, "params": 0.2}, minimize={"latency_ms": 0.4}), [FAST, GOOD, LARGE]),
        (ParetoObjective(maximize={"accuracy": 0.5}, minimize={"macs": 0.5}), [FAST, GOOD, BEATEN]),
        (ParetoObjective(maximize={"accuracy": 1.0}), [GOOD]),
        (ParetoObjective(maximize={"params": 1.0}, minimize={"latency_ms": 0.0}), [FAST, GOOD, LARGE]),
    ],
)
def test_the_front_is_what_no_other_evaluation_beats(objective: ParetoObjective, expected: list[Evaluation]) -> None:
    assert objective.non_dominated(ALL) == expected


def test_equal_evaluations_do_not_beat_each_other() -> None:
    # Sec. 4.3 prints "no worse in all", by which equals would dominate each other; the usual definition is meant
    twin = Evaluation((9,), FAST.accuracy, FAST.latency_ms, FAST.macs, FAST.params)
    objective = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})
    assert objective.non_dominated([twin, FAST]) == [FAST, twin]


def test_no_evaluations_have_no_front() -> None:
    assert ParetoObjective(maximize={"accuracy": 1.0}).non_dominated([]) == []


@pytest.mark.parametrize(
    ("maximize", "minimize", "complaint"),
    [
        ({"accuracy": 0.4}, {"latency_ms": 0.4}, "must sum to 1, not 0.8"),
        ({}, {}, "must sum to 1, not 0"),
        (
            {"accuracy": 1.4},
            {"latency_ms": -0.4},
            "minimize must be a mapping from names to numbers, 0 or more, not {latency_ms: -0.4}",
        ),
        (
            {"accuracy": float("nan")},
            {"latency_ms": 0.4},
            "maximize must be a mapping from names to numbers, 0 or more, not {accuracy: nan}",
        ),
        (
            {"top5": 0.5},
            {"latency_ms": 0.5},
            "'top5' is not a figure of an evaluation; choose from accuracy, latency_ms, ",
        ),
        ({"architecture": 1.0}, {}, "'architecture' is not a figure"),
        ({"accuracy": 0.5}, {"accuracy": 0.5}, "'accuracy' is both maximized and minimized"),
    ],
)
def test_a_wrong_objective_is_named(maximize: dict[str, float], minimize: dict[str, float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ParetoObjective(maximize=maximize, minimize=minimize)


def test_a_figure_that_is_no_number_is_named() -> None:
    objective = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})
    with pytest.raises(ValueError, match=r"latency_ms of architecture \(4, 2\) must be a finite number, not nan"):
        objective.matrix([FAST, Evaluation((4, 2), 0.5, float("nan"), 1, 1)])


def test_there_are_objectives() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_objective_trades_accuracy_against_latency(path: Path) -> None:
    objective = instantiate(OmegaConf.load(path), _convert_="all")
    assert isinstance(objective, ParetoObjective)
    assert {"accuracy", "latency_ms"} <= set(objective.figures)
    assert set(objective.non_dominated(ALL)) >= {FAST, GOOD}


def test_the_default_is_eq_4_with_the_papers_weights() -> None:
    objective = instantiate(OmegaConf.load(conf_dir() / "objective" / "accuracy_latency_params.yaml"), _convert_="all")
    weights = dict(zip(objective.figures, objective.weights, strict=True))
    assert weights == {"accuracy": 0.4, "latency_ms": 0.4, "params": 0.2}  # Sec. 4.3
    np.testing.assert_array_equal(np.sign(objective.matrix([FAST])), [[-1, -1, 1]])


def test_a_failure_is_dominated_by_all_and_never_on_the_front() -> None:
    worst = Evaluation((0,), accuracy=0.0, latency_ms=9.0, macs=1, params=1)
    failure = Evaluation((1,), accuracy=0.0, latency_ms=0.0, macs=0, params=0, failure="its process died 3 times")
    objective = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})
    assert (objective.matrix([worst, failure])[1] > objective.matrix([worst, failure])[0]).all()
    assert objective.non_dominated([worst, failure]) == [worst]
    assert objective.non_dominated([failure]) == []
