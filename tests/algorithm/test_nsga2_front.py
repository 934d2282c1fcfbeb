"""The front that NSGA-II ends in, and how near it comes to the best possible one."""

from collections.abc import Callable

import numpy as np
import pytest

from mobilenas.algorithm import NSGA2, RandomSearch, Search, hypervolume
from mobilenas.algorithm.mutation import MutationName
from mobilenas.evaluation import Evaluation
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from tests.algorithm.searches import Evaluates, begin

Drive = Callable[[Search, Evaluates], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluates]
BestFront = Callable[[SearchSpace], list[Evaluation]]

THREE = ParetoObjective(maximize={"accuracy": 0.4, "params": 0.2}, minimize={"latency_ms": 0.4})
TWO = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})


def brute_force_front(told: list[Evaluation]) -> set[Evaluation]:
    def beats(one: Evaluation, other: Evaluation) -> bool:
        better = one.accuracy > other.accuracy or one.latency_ms < other.latency_ms
        return better and one.accuracy >= other.accuracy and one.latency_ms <= other.latency_ms

    return {other for other in told if not any(beats(one, other) for one in told)}


def test_the_front_is_that_of_all_evaluations_while_it_fits_in_the_population(
    space: LayerwiseSpace, separable: Toy, drive: Drive
) -> None:
    search = begin(NSGA2(population=60, generations=6), space, TWO)
    expected = brute_force_front(drive(search, separable(space)))
    assert len(expected) < 60
    assert set(search.front()) == expected
    assert [one.latency_ms for one in search.front()] == sorted(one.latency_ms for one in expected)


def test_the_front_is_part_of_the_final_population(space: LayerwiseSpace, separable: Toy, drive: Drive) -> None:
    search = begin(NSGA2(population=10, generations=20), space, THREE)
    told = drive(search, separable(space))
    assert len(THREE.non_dominated(told)) > 10
    assert len(search.front()) == 10


def test_there_is_no_front_before_the_first_evaluation(space: LayerwiseSpace) -> None:
    assert begin(NSGA2(), space, THREE).front() == []


@pytest.mark.parametrize("mutation", ["hierarchical", "random"])
def test_nsga2_comes_closer_to_the_known_front_than_random_search(
    space: LayerwiseSpace, separable: Toy, best_front: BestFront, drive: Drive, mutation: MutationName
) -> None:
    known = best_front(space)
    slowest = max(one.latency_ms for one in known)
    areas: dict[str, list[float]] = {"nsga2": [], "random": []}
    for seed in range(5):
        evolved = begin(NSGA2(population=30, generations=20, mutation=mutation), space, TWO, seed)
        drive(evolved, separable(space))
        areas["nsga2"].append(hypervolume(evolved.front(), slowest))
        random = drive(begin(RandomSearch(samples=600), space, TWO, seed), separable(space))
        areas["random"].append(hypervolume(random, slowest))
    # Of 20 seeds random search has at most .85 of the known area, and NSGA-II at least .92.
    assert np.median(areas["random"]) < np.median(areas["nsga2"]) <= hypervolume(known, slowest)
    assert np.median(areas["nsga2"]) > 0.9 * hypervolume(known, slowest)
