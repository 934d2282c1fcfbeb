"""The baseline of every search: uniformly random architectures."""

from collections.abc import Sequence

import numpy as np

from mobilenas.algorithm.base import Algorithm, check_pareto, check_told
from mobilenas.algorithm.sampling import distinct
from mobilenas.evaluator.base import Evaluation
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import Architecture, SearchSpace


class RandomSearch(Algorithm):
    """Asks for distinct uniformly random architectures, in batches.

    Args:
        space: to search
        objective: by which the front is non-dominated; it does not steer the search
        seed: of the random numbers
        samples: architectures to ask for in all; a smaller space is asked for as a whole
        batch: architectures to ask for at once

    Raises:
        ValueError: samples or batch is less than 1
    """

    def __init__(
        self, space: SearchSpace, objective: ParetoObjective, seed: int, samples: int = 8400, batch: int = 70
    ) -> None:
        check_pareto(objective, "Random search")
        if min(samples, batch) < 1:
            raise ValueError(f"Random search needs samples and batch of at least 1, not {samples} and {batch}.")
        self._objective = objective
        self._batch = batch
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
        return self._objective.non_dominated(self._told)
