"""The weighted crowding distance against Eq. 5 evaluated slowly, and against pymoo's own NSGA-II."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.operators.survival.rank_and_crowding import RankAndCrowding

from mobilenas.algorithm.crowding import crowding_distance, weighted_survival

EQUAL = np.full(3, 1 / 3)
MOGA = np.array([0.4, 0.4, 0.2])


def direct(objectives: NDArray[np.float64], weights: NDArray[np.float64]) -> list[float]:
    """Eq. 5 as printed, one individual and one objective at a time; no two values of an objective may be equal."""
    distances = []
    for individual in objectives:
        distance = 0.0
        for value, weight, column in zip(individual, weights, objectives.T, strict=True):
            left = [other for other in column if other < value]
            right = [other for other in column if other > value]
            if not left or not right:
                distance = np.inf
                break
            distance += weight * (min(right) - max(left)) / (max(column) - min(column))
        distances.append(distance)
    return distances


def survivors(survival: RankAndCrowding, objectives: NDArray[np.float64], count: int, seed: int = 0) -> list[int]:
    population = Population.new(X=np.arange(len(objectives))[:, None], F=objectives)
    problem = Problem(n_var=1, n_obj=objectives.shape[1])
    kept = survival.do(problem, population, n_survive=count, random_state=np.random.default_rng(seed))
    return [int(individual.X[0]) for individual in kept]


def simplex(count: int, seed: int) -> NDArray[np.float64]:
    """Points that do not dominate each other."""
    return np.random.default_rng(seed).dirichlet(np.ones(3), count)


@pytest.mark.parametrize("weights", [EQUAL, MOGA, np.array([0.7, 0.3, 0.0])], ids=str)
def test_distance_is_eq_5(weights: NDArray[np.float64]) -> None:
    for seed in range(20):
        front = simplex(25, seed) * [1.0, 50.0, 5e6]
        np.testing.assert_allclose(crowding_distance(front, weights), direct(front, weights), rtol=1e-12)


@pytest.mark.parametrize("levels", [None, 30, 6], ids=["continuous", "ties", "equal individuals"])
def test_equal_weights_keep_whom_pymoo_keeps(levels: int | None) -> None:
    for seed in range(30):
        objectives = np.random.default_rng(seed).random((140, 3))
        if levels:
            objectives = np.floor(objectives * levels)
        expected = survivors(RankAndCrowding(), objectives, 70, seed)
        assert survivors(weighted_survival(EQUAL), objectives, 70, seed) == expected


def test_weights_of_the_paper_keep_the_farthest_of_the_last_front() -> None:
    for seed in range(10):
        front = simplex(40, seed)
        farthest = np.argsort(direct(front, MOGA))[-25:]
        assert set(survivors(weighted_survival(MOGA), front, 25)) == set(farthest)


def test_weights_change_who_is_kept() -> None:
    front = simplex(40, 0)
    assert set(survivors(weighted_survival(MOGA), front, 25)) != set(survivors(weighted_survival(EQUAL), front, 25))


def test_an_objective_that_is_equal_in_all_adds_nothing() -> None:
    front = np.column_stack([simplex(10, 0)[:, :2], np.ones(10)])
    np.testing.assert_allclose(crowding_distance(front, MOGA), direct(front[:, :2], MOGA[:2]))


def test_a_whole_better_front_is_kept_before_any_of_the_next() -> None:
    objectives = np.vstack([simplex(20, 0) + 1.0, simplex(10, 1)])
    assert set(range(20, 30)) <= set(survivors(weighted_survival(MOGA), objectives, 15))
