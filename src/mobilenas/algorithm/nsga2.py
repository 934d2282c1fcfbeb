"""Settings of MoGA's search: NSGA-II with weighted crowding and hierarchical mutation (Algorithm 1, Sec. 4.3, 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.algorithm.base import COSTS, OBJECTIVE, Algorithm, Search, as_pareto
from mobilenas.algorithm.limits import Limits
from mobilenas.algorithm.mutation import MutationName
from mobilenas.settings import SEED, Given, Positive, Probability, Several, settings

if TYPE_CHECKING:
    from mobilenas.search_space import SearchSpace


@settings
class NSGA2(Algorithm):
    """Asks for one population after another: two uniformly random populations, then the children of the survivors.

    Algorithm 1 begins with two uniform populations P_0 and Q_0, and Sec. 4.4 counts 120 generations of 70 as 8400
    evaluations. Both are true if a generation is a population that is evaluated: P_0 is the first, Q_0 is the second,
    and Q_1 to Q_118 follow. The final population P_N contains the survivors of the last children and their parents.

    Parents are drawn by binary tournament on rank, then crowding. A child that equals a survivor or another child is
    drawn again. The search ends early if no new child is found, or if the whole space has been evaluated.

    Example::

        >>> from mobilenas.objective import ACCURACY_LATENCY
        >>> from mobilenas.algorithm import NSGA2, OBJECTIVE
        >>> from mobilenas.search_space import MoGA
        >>> from mobilenas.settings import SEED, given
        >>> settings = NSGA2(population=4, generations=3)
        >>> search = settings.search(MoGA().space(), given((OBJECTIVE, ACCURACY_LATENCY), (SEED, 0)))
        >>> len(search.ask()), search.budget
        (4, 12)

    Args:
        population: number of architectures in a generation
        generations: number of generations to evaluate, P_0 and Q_0 included
        mutation: ``hierarchical`` changes one attribute of a candidate, ``random`` draws another candidate
        crossover_probability: probability that two parents exchange all after a random point; else they are copied
        mutation_probability: probability that a child is mutated
        mutated_blocks: number of choice blocks that change in a mutated child
        limits: what every network keeps; a child beyond them is changed at random until it is within
    """

    population: Several = 70
    generations: Positive = 120
    mutation: MutationName = "hierarchical"
    crossover_probability: Probability = 0.9
    mutation_probability: Probability = 0.8
    mutated_blocks: Positive = 1
    limits: Limits = Limits()

    needs = (OBJECTIVE, SEED, COSTS)

    def check(self, objective: object) -> None:
        as_pareto(objective, "NSGA-II")

    def search(self, space: SearchSpace, given: Given) -> Search:
        from mobilenas.algorithm.nsga2_search import NSGA2Search

        objective = as_pareto(given[OBJECTIVE], "NSGA-II")
        return NSGA2Search(self, space, objective, given[SEED], self.limits.of(space, given))
