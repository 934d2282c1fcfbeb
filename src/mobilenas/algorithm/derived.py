"""The architecture that a gradient method has learned (ProxylessNAS Sec. 3.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mobilenas.algorithm.base import PROBABILITIES, Algorithm, Search, check_told
from mobilenas.algorithm.rewarded import succeeded
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.settings import Given, settings

if TYPE_CHECKING:
    from mobilenas.search_space import SearchSpace


@settings
class Derived(Algorithm):
    """Asks only for the path of highest probability.

    A zero operation in this path computes nothing. It is a line ``skip`` in the network's description, so that each
    layer keeps its place in the space, and it is nothing in the exported network.
    """

    needs = (PROBABILITIES,)

    def search(self, space: SearchSpace, given: Given) -> Search:
        return DerivedSearch(most_probable(space, given[PROBABILITIES]))


class DerivedSearch(Search):
    """Asks for one architecture.

    Args:
        best: the architecture
    """

    def __init__(self, best: Architecture) -> None:
        self._best = best
        self._told: list[Evaluation] = []

    @property
    def budget(self) -> int:
        return 1

    def ask(self) -> list[Architecture]:
        return [] if self._told else [self._best]

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        check_told(self.ask(), evaluations)
        self._told.extend(evaluations)

    def front(self) -> list[Evaluation]:
        return succeeded(self._told)


def most_probable(space: SearchSpace, probabilities: Sequence[Sequence[float]]) -> Architecture:
    """Returns the architecture of highest probability; raises ValueError if the probabilities fit another space."""
    if tuple(map(len, probabilities)) != space.options:
        raise ValueError(
            f"The learned probabilities belong to another search space than {space.name}: train its supernet."
        )
    return tuple(max(range(len(p)), key=p.__getitem__) for p in probabilities)
