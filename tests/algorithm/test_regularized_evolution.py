"""Regularized evolution against Algorithm 1 written out, and by what must hold for every child."""

from collections.abc import Callable

import numpy as np
import pytest

from mobilenas.algorithm import RegularizedEvolution, Search
from mobilenas.algorithm.mutation import Mutation
from mobilenas.algorithm.regularized_evolution import RegularizedEvolutionSearch
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import LatencyReward
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from tests.algorithm.searches import Evaluates, begin

Drive = Callable[[Search, Evaluates], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluates]

REWARD = LatencyReward(300.0, -0.07, -0.07)
SMALL = {"samples": 200, "population": 20, "sample": 6}


def algorithm_1(space: LayerwiseSpace, toy: Evaluates, seed: int) -> list[Architecture]:
    """Real et al., Algorithm 1: one model at a time, in the order of its history."""
    rng, mutation = np.random.default_rng(seed), Mutation.of("random", space, 1.0, 1)
    population: list[Architecture] = []
    history: list[Architecture] = []

    def reward(architecture: Architecture) -> float:
        one = toy.evaluate(architecture)
        return REWARD.reward(one.accuracy, one.latency_ms)

    while len(population) < SMALL["population"]:
        population.append(tuple(space.sample(1, rng)[0].tolist()))
        history.append(population[-1])
    while len(history) < SMALL["samples"]:
        sample = [population[rng.integers(len(population))] for _ in range(SMALL["sample"])]
        parent = sample[0]
        for candidate in sample:
            if reward(candidate) > reward(parent):
                parent = candidate
        child = mutation.mutate(parent, rng)
        population.append(child)
        history.append(child)
        population.pop(0)
    return history


def changes(one: Architecture, other: Architecture) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_with_a_batch_of_1_it_is_algorithm_1(seed: int, space: LayerwiseSpace, separable: Toy, drive: Drive) -> None:
    toy = separable(space)
    told = drive(begin(RegularizedEvolution(batch=1, **SMALL), space, REWARD, seed), toy)
    assert [one.architecture for one in told] == algorithm_1(space, toy, seed)


def test_children_of_a_batch_differ_in_one_decision_from_a_winner_among_the_last_members(
    space: LayerwiseSpace, separable: Toy
) -> None:
    search, toy = begin(RegularizedEvolution(batch=10, **SMALL), space, REWARD), separable(space)
    told: list[Evaluation] = []
    while asked := search.ask():
        members = sorted(told[-20:], key=lambda one: REWARD.reward(one.accuracy, one.latency_ms), reverse=True)
        if len(told) >= 20:
            parents = [
                {place for place, one in enumerate(members) if changes(one.architecture, child) == 1} for child in asked
            ]
            assert all(parents)  # no child has only parents that have died
            assert np.median([min(places) for places in parents]) < 7
        told += [toy.evaluate(architecture) for architecture in asked]
        search.tell(told[-len(asked) :])
    assert len(told) == 200


def test_the_oldest_die_for_the_youngest(space: LayerwiseSpace, separable: Toy) -> None:
    algorithm, toy = RegularizedEvolution(batch=10, **SMALL), separable(space)
    search = RegularizedEvolutionSearch(algorithm, space, REWARD, seed=0)
    told: list[Evaluation] = []
    for _ in range(6):
        told += [toy.evaluate(architecture) for architecture in search.ask()]
        search.tell(told[-10:])
        members = [architecture for _, architecture in search._members]
        assert members == [one.architecture for one in told[-20:]]


def test_a_tournament_of_the_whole_population_is_not_refused_but_a_larger_one_is() -> None:
    RegularizedEvolution(population=10, sample=10)
    with pytest.raises(ValueError, match="sample must be from 1 to the population of 10, not 11"):
        RegularizedEvolution(population=10, sample=11)


def test_a_tournament_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="sample must be a whole number, 1 or more, not 0"):
        RegularizedEvolution(sample=0)


def test_a_population_that_takes_all_samples_is_refused() -> None:
    RegularizedEvolution(samples=101)
    with pytest.raises(ValueError, match="with a population of 100, none of the 100 samples can evolve"):
        RegularizedEvolution(samples=100)
