"""Architectures drawn from the distribution that a gradient method has learned (FBNet Sec. 4.1, Appendix A)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mobilenas.algorithm.base import PROBABILITIES, Algorithm, Search, check_told
from mobilenas.algorithm.derived import most_probable
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.settings import SEED, Count, Given, settings

if TYPE_CHECKING:
    from mobilenas.search_space import SearchSpace


@settings
class Sampled(Algorithm):
    """Asks for the most probable architecture, and for architectures that are drawn from the distribution.

    Args:
        samples: number of architectures to draw; the search asks once for equal ones
    """

    samples: Count = 6

    needs = (PROBABILITIES, SEED)

    def search(self, space: SearchSpace, given: Given) -> Search:
        best = most_probable(space, given[PROBABILITIES])
        drawn = _draws(given[PROBABILITIES], self.samples, np.random.default_rng(given[SEED]))
        return SampledSearch(list(dict.fromkeys([best, *drawn])))


class SampledSearch(Search):
    """Asks for some architectures at once.

    Args:
        architectures: the architectures, none of them twice
    """

    def __init__(self, architectures: Sequence[Architecture]) -> None:
        self._architectures = list(architectures)
        self._told: list[Evaluation] = []

    @property
    def budget(self) -> int:
        return len(self._architectures)

    def ask(self) -> list[Architecture]:
        return [] if self._told else list(self._architectures)

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        check_told(self.ask(), evaluations)
        self._told.extend(evaluations)

    def front(self) -> list[Evaluation]:
        from mobilenas.objective import ACCURACY_LATENCY

        return ACCURACY_LATENCY.non_dominated(self._told)


def _draws(probabilities: Sequence[Sequence[float]], count: int, rng: np.random.Generator) -> list[Architecture]:
    shares = [np.array(p) / np.sum(p) for p in probabilities]
    return [tuple(int(rng.choice(len(p), p=p)) for p in shares) for _ in range(count)]
