"""The baseline of every search: uniformly random architectures."""

from collections.abc import Sequence

import numpy as np

from mobilenas.algorithm.base import Algorithm, check_told
from mobilenas.algorithm.rewarded import best, succeeded
from mobilenas.algorithm.sampling import distinct
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ACCURACY_LATENCY, ParetoObjective, Reward
from mobilenas.search_space import SearchSpace


class RandomSearch(Algorithm):
    """Asks for distinct uniformly random architectures, in batches.

    Args:
        space: to search
        objective: by which the front is non-dominated, or a reward, by which models are chosen; it does not steer
            the search
        seed: of the random numbers
        samples: architectures to ask for in all; a smaller space is asked for as a whole
        batch: architectures to ask for at once

    Raises:
        ValueError: the objective is a loss, or samples or batch is less than 1
    """

    def __init__(
        self, space: SearchSpace, objective: ParetoObjective | Reward, seed: int, samples: int = 8400, batch: int = 70
    ) -> None:
        if not isinstance(objective, ParetoObjective | Reward):
            raise ValueError(
                "Random search looks for a front or a reward: choose objective=accuracy_latency, "
                f"objective=accuracy_latency_params or objective=latency_reward, not {type(objective).__name__}."
            )
        if min(samples, batch) < 1:
            raise ValueError(f"Random search needs samples and batch of at least 1, not {samples} and {batch}.")
        self._space, self._objective, self._batch = space, objective, batch
        self._architectures = distinct(space, samples, np.random.default_rng(seed))
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
        plane = ACCURACY_LATENCY if isinstance(self._objective, Reward) else self._objective
        return plane.non_dominated(succeeded(self._told))

    def chosen(self, count: int) -> list[Evaluation]:
        if isinstance(self._objective, Reward):
            return best(self._objective, self._told, self._space, count)
        return super().chosen(count)
