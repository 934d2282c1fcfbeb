"""Regularized evolution (Real et al., "Regularized Evolution for Image Classifier Architecture Search", 2019)."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from mobilenas.algorithm.mutation import Mutation
from mobilenas.algorithm.rewarded import RewardedSearch
from mobilenas.evaluation import Architecture
from mobilenas.objective import Reward
from mobilenas.search_space import SearchSpace


class RegularizedEvolution(RewardedSearch):
    """Asks for a random population, then for mutated winners of tournaments; the oldest member dies for each child.

    A member of the tournament is drawn from the whole population, so that one may be drawn twice (Algorithm 1). The
    first of equal ones wins. A mutation gives one random decision another random option. Children of one batch
    have parents from the same population, as in the paper's parallel runs; with a batch of 1 it is Algorithm 1.

    Args:
        space: to search
        objective: to maximize; a failed evaluation is rewarded 0
        seed: of all random numbers
        samples: architectures to ask for in all; the search ends before where it has seen the whole space
        batch: architectures to ask for at once
        population: members
        sample: members of a tournament

    Raises:
        ValueError: the objective is no reward, or a figure is out of range
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: Reward,
        seed: int,
        samples: int = 8000,
        batch: int = 20,
        population: int = 100,
        sample: int = 25,
    ) -> None:
        super().__init__(space, objective, samples, batch)
        if not 1 <= sample <= population:
            raise ValueError(
                f"RegularizedEvolution: sample must be from 1 to the population of {population}, not {sample}."
            )
        if population >= samples:
            raise ValueError(
                f"RegularizedEvolution: a population of {population} leaves none of {samples} samples to evolve: set"
                " algorithm.population lower, or algorithm.samples higher."
            )
        self._population, self._sample = population, sample
        self._rng = np.random.default_rng(seed)
        self._mutation = Mutation.of("random", space, probability=1.0, blocks=1)
        self._members: deque[tuple[float, Architecture]] = deque(maxlen=population)

    def _draw(self, count: int) -> list[Architecture]:
        if missing := self._population - len(self._members):
            return [tuple(row) for row in self._space.sample(min(count, missing), self._rng).tolist()]
        return [self._mutation.mutate(self._winner(), self._rng) for _ in range(count)]

    def _learn(self, architectures: Sequence[Architecture], rewards: Sequence[float]) -> None:
        self._members.extend(zip(rewards, architectures, strict=True))

    def _winner(self) -> Architecture:
        drawn = [self._members[index] for index in self._rng.integers(len(self._members), size=self._sample)]
        return max(drawn, key=lambda member: member[0])[1]
