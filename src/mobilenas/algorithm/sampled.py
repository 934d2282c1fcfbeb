"""Architectures drawn from the distribution that a gradient method has learned (FBNet Sec. 4.1, Appendix A)."""

from collections.abc import Sequence

import numpy as np

from mobilenas.algorithm.base import Algorithm, check_told
from mobilenas.algorithm.derived import Derived
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.search_space import SearchSpace


class Sampled(Algorithm):
    """Asks for the most probable architecture, and for some that are drawn from the distribution.

    Args:
        space: whose architecture was learned
        probabilities: of the candidates of each choice block
        seed: of the draws
        samples: architectures to draw; equal ones are asked for once

    Raises:
        ValueError: the probabilities are of another space, or samples is negative
    """

    def __init__(
        self, space: SearchSpace, probabilities: Sequence[Sequence[float]], seed: int, samples: int = 6
    ) -> None:
        if samples < 0:
            raise ValueError(f"sampled: samples must be 0 or more, not {samples}.")
        most_probable = Derived(space, probabilities).ask()
        rng = np.random.default_rng(seed)
        shares = [np.array(p) / np.sum(p) for p in probabilities]
        drawn = [tuple(int(rng.choice(len(p), p=p)) for p in shares) for _ in range(samples)]
        self._architectures: list[Architecture] = list(dict.fromkeys([*most_probable, *drawn]))
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
        return ACCURACY_LATENCY.non_dominated(self._told)
