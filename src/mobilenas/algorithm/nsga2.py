"""MoGA's search: NSGA-II with weighted crowding and hierarchical mutation (Algorithm 1, Sec. 4.3 and 4.4)."""

from collections.abc import Sequence

import numpy as np
from pymoo.algorithms.moo import nsga2
from pymoo.core.individual import Individual
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination
from pymoo.operators.crossover.pntx import SinglePointCrossover

from mobilenas.algorithm.base import Algorithm, check_pareto, check_told
from mobilenas.algorithm.crowding import weighted_survival
from mobilenas.algorithm.mutation import Mutation
from mobilenas.algorithm.sampling import distinct, size
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import SearchSpace


class NSGA2(Algorithm):
    """Asks for one population after another: two uniform ones, then the children of the survivors.

    Algorithm 1 begins with two uniform populations P_0 and Q_0, and Sec. 4.4 counts 120 generations of 70 as 8400
    evaluations. Both hold when a generation is a population that is evaluated: P_0 is the first, Q_0 the second, then
    come Q_1 to Q_118; the final population P_N is what survives of the last children and their parents.

    Parents are drawn by binary tournament on rank, then crowding; a child that equals a survivor or another child is
    drawn again. The search ends early where no new child is found, or where the whole space has been evaluated.

    Args:
        space: to search
        objective: figures and weights (Eq. 4)
        seed: of all its random numbers
        population: architectures in a generation
        generations: to evaluate, P_0 and Q_0 included
        mutation: ``hierarchical`` changes one attribute of a candidate, ``random`` redraws the candidate
        crossover_probability: that two parents exchange what follows a random point; else they are copied
        mutation_probability: that a child is mutated
        mutated_blocks: choice blocks that change in a mutated child

    Raises:
        ValueError: the mutation is unknown, or a figure out of range
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: ParetoObjective,
        seed: int,
        population: int = 70,
        generations: int = 120,
        mutation: str = "hierarchical",
        crossover_probability: float = 0.9,
        mutation_probability: float = 0.8,
        mutated_blocks: int = 1,
    ) -> None:
        check_pareto(objective, "NSGA-II")
        if population < 2 or generations < 1:
            raise ValueError(
                f"NSGA-II needs a population of 2 and 1 generation or more, not {population}, {generations}."
            )
        self._objective = objective
        self._population, self._generations, self._size = population, generations, size(space)
        mutate = Mutation.of(mutation, space, mutation_probability, mutated_blocks)
        self._search = _search(space, objective, seed, population, crossover_probability, mutate)
        self._initial = distinct(space, 2 * population, self._search.random_state)
        self._evaluations: dict[Architecture, Evaluation] = {}
        self._generation = 0
        self._asked = self._next()

    @property
    def budget(self) -> int:
        return self._population * self._generations

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
        if self._generation == self._generations or len(self._evaluations) == self._size:
            return Population.empty()
        if self._generation < 2:
            start = self._generation * self._population
            return Population.new(X=np.array(self._initial[start : start + self._population]))
        children = self._search.ask()
        return Population.empty() if children is None else children


def _search(
    space: SearchSpace, objective: ParetoObjective, seed: int, population: int, crossover: float, mutation: Mutation
) -> nsga2.NSGA2:
    if not 0 <= crossover <= 1:
        raise ValueError(f"A crossover needs a probability in [0, 1], not {crossover}.")
    search = nsga2.NSGA2(
        pop_size=population,
        crossover=SinglePointCrossover(prob=crossover),
        mutation=mutation,
        survival=weighted_survival(objective.weights),
        seed=seed,
    )
    last = np.array(space.options) - 1
    problem = Problem(n_var=len(last), n_obj=len(objective.figures), xl=np.zeros_like(last), xu=last, vtype=int)
    # the standard tournament is by rank; pymoo's default is by dominance
    search.setup(problem, termination=NoTermination(), tournament_type="comp_by_rank_and_crowding")
    return search


def _architecture(individual: Individual) -> Architecture:
    return tuple(int(option) for option in individual.X)
