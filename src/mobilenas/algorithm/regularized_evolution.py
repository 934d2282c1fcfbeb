"""Regularized evolution (Real et al., "Regularized Evolution for Image Classifier Architecture Search", 2019)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mobilenas.algorithm.base import OBJECTIVE, Algorithm, Search, as_reward
from mobilenas.algorithm.mutation import Mutation
from mobilenas.algorithm.rewarded import RewardedSearch
from mobilenas.evaluation import Architecture
from mobilenas.settings import SEED, Given, Positive, settings

if TYPE_CHECKING:
    from mobilenas.objective import Reward
    from mobilenas.search_space import SearchSpace


@settings
class RegularizedEvolution(Algorithm):
    """Asks for a random population, then for mutated winners of tournaments; each child replaces the oldest member.

    Each member of a tournament is drawn from the whole population, so a member may be drawn twice (Algorithm 1). The
    first of equal members wins. A mutation gives one random decision another random option. Children of one batch
    have parents from the same population, as in the paper's parallel runs. With a batch of 1 this is Algorithm 1.

    Args:
        samples: number of architectures to ask for; the search ends earlier if it has seen the whole space
        batch: number of architectures to ask for at once
        population: number of members
        sample: number of members of a tournament

    Raises:
        ValueError: a tournament has more members than the population, or the population is not below the samples
    """

    samples: Positive = 8000
    batch: Positive = 20
    population: Positive = 100
    sample: Positive = 25

    needs = (OBJECTIVE, SEED)

    def __post_init__(self) -> None:
        if self.sample > self.population:
            raise ValueError(
                f"RegularizedEvolution: sample must be from 1 to the population of {self.population}, not"
                f" {self.sample}."
            )
        if self.population >= self.samples:
            raise ValueError(
                f"RegularizedEvolution: with a population of {self.population}, none of the {self.samples} samples can"
                " evolve: set a smaller algorithm.population, or a larger algorithm.samples."
            )

    def check(self, objective: object) -> None:
        as_reward(objective, "RegularizedEvolution")

    def search(self, space: SearchSpace, given: Given) -> Search:
        return RegularizedEvolutionSearch(self, space, as_reward(given[OBJECTIVE], "RegularizedEvolution"), given[SEED])


class RegularizedEvolutionSearch(RewardedSearch):
    """A population that evolves.

    Args:
        settings: the sizes of the population and of tournaments
        space: the space to search
        objective: the reward to maximize; the reward of a failed evaluation is 0
        seed: the seed of all random numbers
    """

    def __init__(self, settings: RegularizedEvolution, space: SearchSpace, objective: Reward, seed: int) -> None:
        super().__init__(space, objective, settings.samples, settings.batch)
        self._population, self._sample = settings.population, settings.sample
        self._rng = np.random.default_rng(seed)
        self._mutation = Mutation.of("random", space, probability=1.0, blocks=1)
        self._members: deque[tuple[float, Architecture]] = deque(maxlen=settings.population)

    def _draw(self, count: int) -> list[Architecture]:
        if missing := self._population - len(self._members):
            return [tuple(row) for row in self._space.sample(min(count, missing), self._rng).tolist()]
        return [self._mutation.mutate(self._winner(), self._rng) for _ in range(count)]

    def _learn(self, architectures: Sequence[Architecture], rewards: Sequence[float]) -> None:
        self._members.extend(zip(rewards, architectures, strict=True))

    def _winner(self) -> Architecture:
        drawn = [self._members[index] for index in self._rng.integers(len(self._members), size=self._sample)]
        return max(drawn, key=lambda member: member[0])[1]
