"""NSGA-II's search, in generations whose children pymoo makes (MoGA, Algorithm 1)."""

from collections.abc import Sequence

import numpy as np
from pymoo.algorithms.moo import nsga2
from pymoo.core.individual import Individual
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination
from pymoo.operators.crossover.pntx import SinglePointCrossover

from mobilenas.algorithm.base import Search, check_told
from mobilenas.algorithm.crowding import weighted_survival
from mobilenas.algorithm.limits import Within
from mobilenas.algorithm.mutation import Mutation
from mobilenas.algorithm.nsga2 import NSGA2
from mobilenas.algorithm.sampling import distinct, size
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import SearchSpace


class NSGA2Search(Search):
    """Asks for populations one after another; pymoo makes the children.

    Args:
        settings: the sizes and probabilities
        space: the space to search
        objective: the figures and their weights (Eq. 4)
        seed: the seed of all its random numbers
        within: the part of the space within the limits, if there are limits
    """

    def __init__(
        self,
        settings: NSGA2,
        space: SearchSpace,
        objective: ParetoObjective,
        seed: int,
        within: Within | None = None,
    ) -> None:
        self._settings, self._objective, self._size = settings, objective, size(space)
        self._search = _pymoo(settings, space, objective, seed, within)
        count, rng = 2 * settings.population, self._search.random_state
        self._initial = within.distinct(count, rng) if within else distinct(space, count, rng)
        self._evaluations: dict[Architecture, Evaluation] = {}
        self._generation = 0
        self._asked = self._next()

    @property
    def budget(self) -> int:
        return self._settings.population * self._settings.generations

    def ask(self) -> list[Architecture]:
        return [_architecture(individual) for individual in self._asked]

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        check_told(self.ask(), evaluations)
        if not evaluations:
            return
        self._asked.set("F", self._objective.matrix(evaluations))
        self._evaluations.update({evaluation.architecture: evaluation for evaluation in evaluations})
        self._search.tell(infills=self._asked)
        self._generation += 1
        self._asked = self._next()

    def front(self) -> list[Evaluation]:
        survivors = self._search.pop if self._generation else []
        return self._objective.non_dominated([self._evaluations[_architecture(one)] for one in survivors])

    def _next(self) -> Population:
        if self._generation == self._settings.generations or len(self._evaluations) == self._size:
            return Population.empty()
        if self._generation < 2:
            count = self._settings.population
            start = self._generation * count
            begin = self._initial[start : start + count]
            return Population.new(X=np.array(begin)) if begin else Population.empty()
        children = self._search.ask()
        return Population.empty() if children is None else children


def _pymoo(
    settings: NSGA2, space: SearchSpace, objective: ParetoObjective, seed: int, within: Within | None
) -> nsga2.NSGA2:
    mutation = Mutation.of(settings.mutation, space, settings.mutation_probability, settings.mutated_blocks)
    search = nsga2.NSGA2(
        pop_size=settings.population,
        crossover=SinglePointCrossover(prob=settings.crossover_probability),
        mutation=mutation,
        survival=weighted_survival(objective.weights),
        seed=seed,
        **({"repair": within} if within else {}),
    )
    last = np.array(space.options) - 1
    problem = Problem(n_var=len(last), n_obj=len(objective.figures), xl=np.zeros_like(last), xu=last, vtype=int)
    # the standard tournament is by rank; pymoo's default is by dominance
    search.setup(problem, termination=NoTermination(), tournament_type="comp_by_rank_and_crowding")
    return search


def _architecture(individual: Individual) -> Architecture:
    return tuple(int(option) for option in individual.X)
