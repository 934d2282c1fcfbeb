"""What holds for every algorithm in conf/algorithm under every objective in conf/objective."""

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import get_class, instantiate
from omegaconf import OmegaConf

from mobilenas.algorithm import OBJECTIVE, PROBABILITIES, Algorithm, Search
from mobilenas.conf_dir import conf_dir
from mobilenas.evaluation import Evaluation
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from mobilenas.settings import SEED, given
from tests.algorithm.searches import Evaluates

Drive = Callable[[Search, Evaluates], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluates]

ALGORITHMS = [  # except NetAdapt, which begins with a network, not with a space
    path for path in sorted((conf_dir() / "algorithm").glob("*.yaml")) if path.stem != "netadapt"
]
STEERED = [path for path in ALGORITHMS if path.stem not in ("derived", "sampled")]  # these two ask what was learned
OBJECTIVES = sorted((conf_dir() / "objective").glob("accuracy_*.yaml"))
REWARDS = sorted((conf_dir() / "objective").glob("*_reward.yaml"))
LOSSES = sorted(set((conf_dir() / "objective").glob("latency_*.yaml")) - set(REWARDS))
GOALS = {"nsga2": OBJECTIVES, "ppo": REWARDS, "regularized_evolution": REWARDS}  # all others take both
FITTING = [(path, goal) for path in ALGORITHMS for goal in GOALS.get(path.stem, OBJECTIVES + REWARDS)]
UNFIT = [(path, goal) for path in STEERED for goal in OBJECTIVES + REWARDS + LOSSES if (path, goal) not in FITTING]
SAMPLES = 600  # at most, for the papers' take long
every_algorithm = pytest.mark.parametrize("path", ALGORITHMS, ids=lambda path: path.stem)
every_steered_algorithm = pytest.mark.parametrize("path", STEERED, ids=lambda path: path.stem)
every_fitting_objective = pytest.mark.parametrize(("path", "goal"), FITTING, ids=lambda path: path.stem)
every_unfit_objective = pytest.mark.parametrize(("path", "goal"), UNFIT, ids=lambda path: path.stem)


def read(path: Path) -> Algorithm:
    settings = OmegaConf.load(path)
    if settings.get("samples", 0) > SAMPLES:
        settings.samples = SAMPLES
    algorithm = instantiate(settings, _convert_="all")
    assert isinstance(algorithm, Algorithm)
    return algorithm


def build(path: Path, goal: Path, space: LayerwiseSpace, seed: int = 0) -> Search:
    algorithm, random = read(path), np.random.default_rng(seed)
    probabilities = [random.dirichlet(np.ones(count)).tolist() for count in space.options]
    objective = instantiate(OmegaConf.load(goal), _convert_="all")
    things = given((OBJECTIVE, objective), (SEED, seed), (PROBABILITIES, probabilities))
    return algorithm.search(space, things.only(algorithm.needs))


def fitting(path: Path) -> Path:
    """An objective that the algorithm takes."""
    return next(goal for taker, goal in FITTING if taker == path)


def test_there_are_algorithms_and_objectives() -> None:
    assert STEERED
    assert OBJECTIVES
    assert REWARDS
    assert LOSSES


@every_unfit_objective
def test_an_objective_that_does_not_fit_is_refused(path: Path, goal: Path, space: LayerwiseSpace) -> None:
    with pytest.raises(ValueError, match=f"choose objective=({'|'.join(one.stem for one in OBJECTIVES + REWARDS)})"):
        build(path, goal, space)


@every_unfit_objective
def test_it_is_refused_before_a_search_too(path: Path, goal: Path) -> None:
    algorithm = read(path)
    assert OBJECTIVE in algorithm.needs
    with pytest.raises(ValueError, match="choose objective="):
        algorithm.check(instantiate(OmegaConf.load(goal), _convert_="all"))


@every_fitting_objective
def test_a_search_keeps_to_its_space_and_budget_and_ends_in_a_front(
    path: Path, goal: Path, space: LayerwiseSpace, separable: Toy
) -> None:
    search, toy = build(path, goal, space), separable(space)
    told: list[Evaluation] = []
    while asked := search.ask():
        told += [toy.evaluate(space.check(architecture)) for architecture in asked]
        assert len(told) <= search.budget
        search.tell(told[-len(asked) :])
    front = search.front()
    assert search.ask() == []
    assert set(front) <= set(told)
    assert front
    assert [one.latency_ms for one in front] == sorted(one.latency_ms for one in front)
    assert len(set(front)) == len(front)
    chosen = search.chosen(3)
    assert 1 <= len(chosen) == len(set(chosen)) <= 3
    assert set(chosen) <= set(told)


@every_steered_algorithm
def test_a_space_smaller_than_the_budget_is_searched_to_its_end(
    path: Path, tiny: LayerwiseSpace, separable: Toy, drive: Drive
) -> None:
    search = build(path, fitting(path), tiny)
    assert len(set(drive(search, separable(tiny)))) == 5
    assert search.ask() == []


@every_algorithm
def test_the_seed_decides_what_is_asked(path: Path, space: LayerwiseSpace) -> None:
    asked = [build(path, fitting(path), space, seed).ask() for seed in (1, 1, 2)]
    assert asked[0] == asked[1] != asked[2]


@every_algorithm
def test_the_file_says_what_the_constructor_defaults_to(path: Path) -> None:
    settings = OmegaConf.to_container(OmegaConf.load(path), resolve=True)  # no scale: the paper's own sizes
    assert isinstance(settings, dict)
    parameters = inspect.signature(get_class(settings.pop("_target_"))).parameters
    settings = {name: instantiate(one) if isinstance(one, dict) else one for name, one in settings.items()}
    assert settings == {name: one.default for name, one in parameters.items() if one.default is not one.empty}
