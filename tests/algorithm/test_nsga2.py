"""NSGA-II from outside: what it asks, when it ends, and what it refuses."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from mobilenas.algorithm import NSGA2, Algorithm
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.evaluator.base import Evaluator
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import LayerwiseSpace, SearchSpace

Drive = Callable[[Algorithm, Evaluator], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluator]

THREE = ParetoObjective(maximize={"top1": 0.4, "params": 0.2}, minimize={"latency_ms": 0.4})
TWO = ParetoObjective(maximize={"top1": 0.5}, minimize={"latency_ms": 0.5})


def generations(algorithm: Algorithm, toy: Evaluator) -> Iterator[list[Architecture]]:
    while asked := algorithm.ask():
        yield asked
        algorithm.tell([toy.evaluate(architecture) for architecture in asked])


def test_the_papers_sizes_are_8400_evaluations(space: LayerwiseSpace) -> None:
    assert NSGA2(space, THREE, seed=0).budget == 8400  # Sec. 4.4


def test_every_generation_is_full_and_without_repetition(space: LayerwiseSpace, separable: Toy) -> None:
    asked = list(generations(NSGA2(space, THREE, seed=0, population=20, generations=10), separable(space)))
    assert [len(set(map(space.check, generation))) for generation in asked] == [20] * 10


def test_the_first_two_generations_do_not_depend_on_evaluations(space: LayerwiseSpace, separable: Toy) -> None:
    toy = separable(space)
    one, other = (NSGA2(space, THREE, seed=0, population=20, generations=3) for _ in range(2))
    for step, asked in enumerate(generations(one, toy)):
        assert (other.ask() == asked) == (step < 2)
        other.tell([Evaluation(architecture, 0.5, 1.0 + sum(architecture), 1, 1) for architecture in other.ask()])


def test_the_objectives_weights_steer_the_search(space: LayerwiseSpace, separable: Toy) -> None:
    equal = ParetoObjective(maximize={"top1": 1 / 3, "params": 1 / 3}, minimize={"latency_ms": 1 / 3})
    weighted, unweighted = (
        list(generations(NSGA2(space, objective, seed=0, population=20, generations=8), separable(space)))
        for objective in (THREE, equal)
    )
    assert weighted[:2] == unweighted[:2]
    assert weighted != unweighted


def test_a_child_is_the_head_of_one_parent_and_the_tail_of_another(space: LayerwiseSpace, separable: Toy) -> None:
    algorithm = NSGA2(
        space, THREE, seed=0, population=10, generations=3, crossover_probability=1.0, mutation_probability=0.0
    )
    first, second, children = generations(algorithm, separable(space))
    parents = first + second
    joined = {one[:point] + other[point:] for one in parents for other in parents for point in range(1, 6)}
    assert len(children) == 10
    assert set(children) <= joined


@pytest.mark.parametrize("mutation", ["hierarchical", "random"])
def test_a_replayed_search_asks_the_same_whatever_the_global_generators_do(
    space: LayerwiseSpace, separable: Toy, mutation: str
) -> None:
    toy = separable(space)
    search = partial(NSGA2, space, THREE, population=20, generations=8, mutation=mutation)
    first = list(generations(search(seed=3), toy))
    again = []
    for asked in generations(search(seed=3), toy):
        again.append(asked)
        random.seed(len(again))
        np.random.seed(len(again))  # noqa: NPY002
        torch.manual_seed(len(again))
    assert again == first
    assert list(generations(search(seed=4), toy)) != first


def test_asking_again_before_telling_gives_the_same(space: LayerwiseSpace, separable: Toy) -> None:
    algorithm = NSGA2(space, THREE, seed=0, population=5, generations=4)
    for asked in generations(algorithm, separable(space)):
        assert algorithm.ask() == asked


@pytest.mark.parametrize("population", [2, 3, 4, 5, 70])
def test_a_space_smaller_than_the_budget_is_searched_to_its_end(
    tiny: LayerwiseSpace, separable: Toy, drive: Drive, population: int
) -> None:
    algorithm = NSGA2(tiny, TWO, seed=0, population=population)
    told = drive(algorithm, separable(tiny))
    assert {one.architecture for one in told} <= {(option,) for option in range(5)}
    assert len(told) <= algorithm.budget
    assert algorithm.ask() == []
    if population >= 3:
        assert set(told) == {separable(tiny).evaluate((option,)) for option in range(5)}


def test_a_space_without_choices_is_asked_for_once(tiny: LayerwiseSpace, drive: Drive) -> None:
    class Constant(Evaluator):
        context = "constant"

        def evaluate(self, architecture: Architecture) -> Evaluation:
            return Evaluation(architecture, 0.5, 1.0, 1, 1)

    alone = replace(tiny, positions=(tiny.positions[0][:1],))
    assert [one.architecture for one in drive(NSGA2(alone, TWO, seed=0), Constant())] == [()]


def test_evaluations_of_other_architectures_are_refused(space: LayerwiseSpace, separable: Toy) -> None:
    toy = separable(space)
    algorithm = NSGA2(space, THREE, seed=0, population=5, generations=2)
    evaluations = [toy.evaluate(architecture) for architecture in algorithm.ask()]
    with pytest.raises(ValueError, match="keep the order"):
        algorithm.tell(evaluations[::-1])
    with pytest.raises(ValueError, match="5 evaluations were asked for, but 4 told"):
        algorithm.tell(evaluations[1:])
    algorithm.tell(evaluations)


@pytest.mark.parametrize(
    ("search", "complaint"),
    [
        (partial(NSGA2, population=1), "population of 2"),
        (partial(NSGA2, generations=0), "1 generation or more"),
        (partial(NSGA2, mutation="uniform"), "Mutation 'uniform' is unknown"),
        (partial(NSGA2, crossover_probability=1.1), "crossover"),
        (partial(NSGA2, mutation_probability=-0.1), "mutation"),
    ],
)
def test_a_wrong_setting_is_named(space: LayerwiseSpace, search: Callable[..., NSGA2], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        search(space, THREE, seed=0)
