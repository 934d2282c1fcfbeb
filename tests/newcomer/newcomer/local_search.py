"""Pareto local search: evaluate the neighbours of every network on the front until all of them have been explored."""

import numpy as np

from mobilenas.algorithm import OBJECTIVE, Algorithm, Search
from mobilenas.algorithm.base import as_pareto, check_told
from mobilenas.algorithm.sampling import distinct
from mobilenas.settings import SEED, Positive, settings


@settings
class ParetoLocalSearch(Algorithm):
    """Starts from random architectures; a neighbour differs in one decision.

    Args:
        samples: architectures to ask for at most
        start: random architectures at the beginning
    """

    samples: Positive = 8400
    start: Positive = 10

    needs = (OBJECTIVE, SEED)

    def check(self, objective):
        as_pareto(objective, "Pareto local search")

    def search(self, space, given):
        return LocalSearch(self, space, as_pareto(given[OBJECTIVE], "Pareto local search"), given[SEED])


class LocalSearch(Search):
    """Explores the members of the front in the order of their latency."""

    def __init__(self, settings, space, objective, seed):
        self._settings, self._space, self._objective = settings, space, objective
        self._asked = distinct(space, min(settings.start, settings.samples), np.random.default_rng(seed))
        self._told, self._explored = {}, set()

    @property
    def budget(self):
        return self._settings.samples

    def ask(self):
        return list(self._asked)

    def tell(self, evaluations):
        check_told(self._asked, evaluations)
        self._told |= {one.architecture: one for one in evaluations}
        self._asked = self._next()

    def front(self):
        return self._objective.non_dominated(list(self._told.values()))

    def _next(self):
        for member in self.front():
            if member.architecture not in self._explored:
                self._explored.add(member.architecture)
                new = [one for one in self._neighbours(member.architecture) if one not in self._told]
                if new := new[: self._settings.samples - len(self._told)]:
                    return new
        return []

    def _neighbours(self, architecture):
        for decision, count in enumerate(self._space.options):
            for option in range(count):
                if option != architecture[decision]:
                    yield (*architecture[:decision], option, *architecture[decision + 1 :])
