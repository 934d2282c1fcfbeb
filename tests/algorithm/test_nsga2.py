"""NSGA-II from outside: what it asks, when it ends, and what it refuses."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from mobilenas.algorithm import NSGA2, Search
from mobilenas.algorithm.mutation import MutationName
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from tests.algorithm.searches import Evaluates, begin

Drive = Callable[[Search, Evaluates], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluates]

THREE = ParetoObjective(maximize={"accuracy": 0.4, "params": 0.2}, minimize={"latency_ms": 0.4})
TWO = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})


def generations(search: Search, toy: Evaluates) -> Iterator[list[Architecture]]:
    while asked := search.ask():
        yield asked
        search.tell([toy.evaluate(architecture) for architecture in asked])


def test_the_papers_sizes_are_8400_evaluations(space: LayerwiseSpace) -> None:
    assert begin(NSGA2(), space, THREE).budget == 8400  # Sec. 4.4


def test_every_generation_is_full_and_without_repetition(space: LayerwiseSpace, separable: Toy) -> None:
    asked = list(generations(begin(NSGA2(population=20, generations=10), space, THREE), separable(space)))
    assert [len(set(map(space.check, generation))) for generation in asked] == [20] * 10


def test_the_first_two_generations_do_not_depend_on_evaluations(space: LayerwiseSpace, separable: Toy) -> None:
    toy = separable(space)
    one, other = (begin(NSGA2(population=20, generations=3), space, THREE) for _ in range(2))
    for step, asked in enumerate(generations(one, toy)):
        assert (other.ask() == asked) == (step < 2)
        other.tell([Evaluation(architecture, 0.5, 1.0 + sum(architecture), 1, 1) for architecture in other.ask()])


def test_the_objectives_weights_steer_the_search(space: LayerwiseSpace, separable: Toy) -> None:
    equal = ParetoObjective(maximize={"accuracy": 1 / 3, "params": 1 / 3}, minimize={"latency_ms": 1 / 3})
    weighted, unweighted = (
        list(generations(begin(NSGA2(population=20, generations=8), space, objective), separable(space)))
        for objective in (THREE, equal)
    )
    assert weighted[:2] == unweighted[:2]
    assert weighted != unweighted


def test_a_child_is_the_head_of_one_parent_and_the_tail_of_another(space: LayerwiseSpace, separable: Toy) -> None:
    algorithm = NSGA2(population=10, generations=3, crossover_probability=1.0, mutation_probability=0.0)
    first, second, children = generations(begin(algorithm, space, THREE), separable(space))
    parents = first + second
    joined = {one[:point] + other[point:] for one in parents for other in parents for point in range(1, 6)}
    assert len(children) == 10
    assert set(children) <= joined


@pytest.mark.parametrize("mutation", ["hierarchical", "random"])
def test_a_replayed_search_asks_the_same_whatever_the_global_generators_do(
    space: LayerwiseSpace, separable: Toy, mutation: MutationName
) -> None:
    toy, algorithm = separable(space), NSGA2(population=20, generations=8, mutation=mutation)
    first = list(generations(begin(algorithm, space, THREE, seed=3), toy))
    again = []
    for asked in generations(begin(algorithm, space, THREE, seed=3), toy):
        again.append(asked)
        random.seed(len(again))
        np.random.seed(len(again))  # noqa: NPY002
        torch.manual_seed(len(again))
    assert again == first
    assert list(generations(begin(algorithm, space, THREE, seed=4), toy)) != first


def test_asking_again_before_telling_gives_the_same(space: LayerwiseSpace, separable: Toy) -> None:
    search = begin(NSGA2(population=5, generations=4), space, THREE)
    for asked in generations(search, separable(space)):
        assert search.ask() == asked


@pytest.mark.parametrize("population", [2, 3, 4, 5, 70])
def test_a_space_smaller_than_the_budget_is_searched_to_its_end(
    tiny: LayerwiseSpace, separable: Toy, drive: Drive, population: int
) -> None:
    search = begin(NSGA2(population=population), tiny, TWO)
    told = drive(search, separable(tiny))
    assert {one.architecture for one in told} <= {(option,) for option in range(5)}
    assert len(told) <= search.budget
    assert search.ask() == []
    if population >= 3:
        assert set(told) == {separable(tiny).evaluate((option,)) for option in range(5)}


def test_a_space_without_choices_is_asked_for_once(tiny: LayerwiseSpace, drive: Drive) -> None:
    class Constant:
        def evaluate(self, architecture: Architecture) -> Evaluation:
            return Evaluation(architecture, 0.5, 1.0, 1, 1)

    alone = replace(tiny, positions=(tiny.positions[0][:1],))
    assert [one.architecture for one in drive(begin(NSGA2(), alone, TWO), Constant())] == [()]


def test_evaluations_of_other_architectures_are_refused(space: LayerwiseSpace, separable: Toy) -> None:
    toy = separable(space)
    search = begin(NSGA2(population=5, generations=2), space, THREE)
    evaluations = [toy.evaluate(architecture) for architecture in search.ask()]
    with pytest.raises(ValueError, match="keep the order"):
        search.tell(evaluations[::-1])
    with pytest.raises(ValueError, match="5 evaluations were asked for, but 4 were told"):
        search.tell(evaluations[1:])
    search.tell(evaluations)


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ({"population": 1}, "population must be a whole number, 2 or more, not 1"),
        ({"generations": 0}, "generations must be a whole number, 1 or more, not 0"),
        ({"mutation": "uniform"}, "mutation must be one of hierarchical, random, not 'uniform'"),
        ({"crossover_probability": 1.1}, "crossover_probability must be a number from 0 to 1, not 1.1"),
        ({"mutation_probability": -0.1}, "mutation_probability must be a number from 0 to 1, not -0.1"),
        ({"mutation_probability": 1.5}, "mutation_probability must be a number from 0 to 1, not 1.5"),
        ({"mutated_blocks": 0}, "mutated_blocks must be a whole number, 1 or more, not 0"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(setting: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        NSGA2(**setting)
