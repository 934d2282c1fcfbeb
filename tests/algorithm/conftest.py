"""Spaces of every size, a toy evaluator whose figures are sums over the decisions, and a driver."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mobilenas.algorithm import Search
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.ops import Conv, Shape
from mobilenas.search_space import LayerwiseSpace, MoGA, SearchSpace
from tests.algorithm.searches import Evaluates


class Separable:
    """Each decision adds a gain and costs, all whole numbers, so that exact fronts can be computed."""

    def __init__(self, space: SearchSpace) -> None:
        rng = np.random.default_rng(0)
        shape = (len(space.options), max(space.options))
        self.gains = rng.integers(1, 100, shape)
        self.costs = rng.integers(1, 100, shape) + self.gains // 2
        self.params = rng.integers(1, 100, shape)

    def evaluate(self, architecture: Architecture) -> Evaluation:
        chosen = (range(len(architecture)), list(architecture))
        gain, cost = int(self.gains[chosen].sum()), int(self.costs[chosen].sum())
        return Evaluation(
            architecture, gain / 100 / len(architecture), float(cost), cost, int(self.params[chosen].sum())
        )


@pytest.fixture
def space() -> LayerwiseSpace:
    """MoGA's 12 candidates in 6 choice blocks."""
    whole = MoGA().space()
    return replace(whole, positions=whole.positions[: whole.choice_blocks[6]])


@pytest.fixture
def tiny() -> LayerwiseSpace:
    """5 architectures in all."""
    return LayerwiseSpace("tiny", Shape(3, 8, 8), (tuple(Conv(8, kernel=kernel) for kernel in (1, 3, 5, 7, 9)),))


@pytest.fixture
def separable() -> Callable[[SearchSpace], Separable]:
    return Separable


@pytest.fixture
def best_front() -> Callable[[SearchSpace], list[Evaluation]]:
    """The most accurate architecture for each latency, by dynamic programming over the decisions."""

    def solve(space: SearchSpace) -> list[Evaluation]:
        toy = Separable(space)
        best: dict[int, tuple[int, Architecture]] = {0: (0, ())}
        for gains, costs in zip(toy.gains, toy.costs, strict=True):
            longer: dict[int, tuple[int, Architecture]] = {}
            for cost, (gain, head) in best.items():
                for option in range(len(gains)):
                    grown = (gain + int(gains[option]), (*head, option))
                    total = cost + int(costs[option])
                    longer[total] = max(longer.get(total, grown), grown)
            best = longer
        return [toy.evaluate(architecture) for _, architecture in best.values()]

    return solve


@pytest.fixture
def drive() -> Callable[[Search, Evaluates], list[Evaluation]]:
    """Runs a search to its end and returns all that it was told."""

    def run(search: Search, evaluator: Evaluates) -> list[Evaluation]:
        told: list[Evaluation] = []
        while asked := search.ask():
            evaluations = [evaluator.evaluate(architecture) for architecture in asked]
            search.tell(evaluations)
            told += evaluations
        return told

    return run
