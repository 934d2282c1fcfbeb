"""Searches at their beginning."""

from typing import Protocol

from mobilenas.algorithm import OBJECTIVE, Algorithm, Search
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ParetoObjective, Reward
from mobilenas.search_space import SearchSpace
from mobilenas.settings import SEED, given


def begin(algorithm: Algorithm, space: SearchSpace, objective: ParetoObjective | Reward, seed: int = 0) -> Search:
    """A search of the algorithm."""
    return algorithm.search(space, given((OBJECTIVE, objective), (SEED, seed)))


class Evaluates(Protocol):
    """Gives all figures of an architecture."""

    def evaluate(self, architecture: Architecture) -> Evaluation: ...
