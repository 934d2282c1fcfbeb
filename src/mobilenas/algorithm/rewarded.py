"""The common part of searches that maximize a reward: rewards, the front and the best of the evaluations."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from mobilenas.algorithm.base import Search, check_told
from mobilenas.algorithm.sampling import size
from mobilenas.evaluation import Architecture, Evaluation

if TYPE_CHECKING:
    from mobilenas.network.spec import NetworkSpec
    from mobilenas.objective import Reward
    from mobilenas.search_space import SearchSpace


class RewardedSearch(Search):
    """Asks for batches until it was told all its samples, or the whole space.

    The told evaluations are its checkpoint: a new search that is told the same batches asks for the same architectures.

    Args:
        space: the space to search
        objective: the reward to maximize
        samples: number of architectures to ask for, repeated ones included
        batch: number of architectures to ask for at once

    Raises:
        ValueError: the space has no decision
    """

    def __init__(self, space: SearchSpace, objective: Reward, samples: int, batch: int) -> None:
        if not space.options:
            raise ValueError(
                f"A search for the highest reward needs at least one decision, but {space.name} has none: choose"
                " another search space."
            )
        self._space = space
        self._objective, self._samples, self._batch, self._size = objective, samples, batch, size(space)
        self._told: list[Evaluation] = []
        self._seen: set[Architecture] = set()
        self._asked: list[Architecture] = []

    @property
    def budget(self) -> int:
        return self._samples

    def ask(self) -> list[Architecture]:
        if not self._asked and not self._ended:
            self._asked = self._draw(min(self._batch, self._samples - len(self._told)))
        return list(self._asked)

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        check_told(self.ask(), evaluations)
        reward = rewards(self._objective, evaluations)
        self._told.extend(evaluations)
        self._seen.update(self._asked)
        if not self._ended:
            self._learn(self._asked, reward)
        self._asked = []

    def front(self) -> list[Evaluation]:
        from mobilenas.objective import ACCURACY_LATENCY

        return ACCURACY_LATENCY.non_dominated(succeeded(self._told))

    def chosen(self, count: int) -> list[Evaluation]:
        return best(self._objective, self._told, self._space, count)

    @property
    def _ended(self) -> bool:
        return len(self._told) == self._samples or len(self._seen) == self._size

    @abstractmethod
    def _draw(self, count: int) -> list[Architecture]:
        """Draws the architectures to evaluate next: at least one, and at most ``count``."""

    @abstractmethod
    def _learn(self, architectures: Sequence[Architecture], rewards: Sequence[float]) -> None:
        """Learns from a batch."""


def rewards(objective: Reward, evaluations: Sequence[Evaluation]) -> list[float]:
    """Returns the reward of each evaluation; the reward of a failure is 0.

    Raises:
        ValueError: a reward is not a finite number
    """
    found = [0.0 if one.failure is not None else objective.reward(one.accuracy, one.latency_ms) for one in evaluations]
    for one, reward in zip(evaluations, found, strict=True):
        if not isfinite(reward):
            raise ValueError(
                f"The reward of architecture {one.architecture} must be a finite number, not {reward}: "
                f"its accuracy is {one.accuracy} and its latency is {one.latency_ms} ms."
            )
    return found


def succeeded(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Returns the evaluations of different architectures that did not fail."""
    return list({one.architecture: one for one in evaluations if one.failure is None}.values())


def best(objective: Reward, evaluations: Sequence[Evaluation], space: SearchSpace, count: int) -> list[Evaluation]:
    """Chooses the "top-performing models" that MnasNet retrains (Sec. 5).

    Returns:
        ``count`` evaluations of the highest reward, best first, or all if there are fewer; no failure, no network twice

    Raises:
        ValueError: count is less than 1
    """
    if count < 1:
        raise ValueError(f"At least 1 model must be chosen by its reward, not {count}.")
    found = succeeded(evaluations)
    reward = dict(zip(found, rewards(objective, found), strict=True))
    different: dict[NetworkSpec, Evaluation] = {}
    for one in sorted(found, key=reward.__getitem__, reverse=True):
        different.setdefault(space.network(one.architecture), one)
    return list(different.values())[:count]
