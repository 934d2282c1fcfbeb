"""Random search, the baseline of every search: it draws uniformly random architectures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mobilenas.algorithm.base import COSTS, OBJECTIVE, Algorithm, Search, check_told
from mobilenas.algorithm.limits import Limits, Within
from mobilenas.algorithm.rewarded import best, succeeded
from mobilenas.algorithm.sampling import distinct
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.settings import SEED, Given, Positive, settings

if TYPE_CHECKING:
    from mobilenas.objective import ParetoObjective, Reward
    from mobilenas.search_space import SearchSpace


@settings
class RandomSearch(Algorithm):
    """Asks for distinct uniformly random architectures, in batches.

    The objective does not steer the search. It defines which evaluations are on the front or, if it is a reward, which
    architectures are chosen.

    Args:
        samples: number of architectures to ask for; if the space is smaller, the search asks for the whole space
        batch: number of architectures to ask for at once
        limits: what every network keeps
    """

    samples: Positive = 8400
    batch: Positive = 70
    limits: Limits = Limits()

    needs = (OBJECTIVE, SEED, COSTS)

    def check(self, objective: object) -> None:
        from mobilenas.objective import ParetoObjective, Reward

        if not isinstance(objective, ParetoObjective | Reward):
            raise ValueError(
                "Random search looks for a front or a reward: choose objective=accuracy_latency, "
                f"objective=accuracy_latency_params or objective=latency_reward, not {type(objective).__name__}."
            )

    def search(self, space: SearchSpace, given: Given) -> Search:
        self.check(given[OBJECTIVE])
        return UniformSearch(self, space, given[OBJECTIVE], given[SEED], self.limits.of(space, given))


class UniformSearch(Search):
    """A random search.

    Args:
        settings: the numbers of architectures
        space: the space to search
        objective: defines the front and the chosen architectures
        seed: the seed of the random numbers
        within: the part of the space within the limits, if there are limits
    """

    def __init__(
        self,
        settings: RandomSearch,
        space: SearchSpace,
        objective: ParetoObjective | Reward,
        seed: int,
        within: Within | None = None,
    ) -> None:
        self._space, self._objective, self._batch = space, objective, settings.batch
        rng = np.random.default_rng(seed)
        samples = settings.samples
        self._architectures = within.distinct(samples, rng) if within else distinct(space, samples, rng)
        self._told: list[Evaluation] = []

    @property
    def budget(self) -> int:
        return len(self._architectures)

    def ask(self) -> list[Architecture]:
        start = len(self._told)
        return self._architectures[start : start + self._batch]

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        check_told(self.ask(), evaluations)
        self._told.extend(evaluations)

    def front(self) -> list[Evaluation]:
        from mobilenas.objective import ACCURACY_LATENCY, ParetoObjective

        plane = self._objective if isinstance(self._objective, ParetoObjective) else ACCURACY_LATENCY
        return plane.non_dominated(succeeded(self._told))

    def chosen(self, count: int) -> list[Evaluation]:
        from mobilenas.objective import Reward

        if isinstance(self._objective, Reward):
            return best(self._objective, self._told, self._space, count)
        return super().chosen(count)
