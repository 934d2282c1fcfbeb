"""Search algorithms: their settings, and the searches that ask for architectures and are told their evaluations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from mobilenas.algorithm.selection import equally_spaced
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.settings import Given, Need, Needs

if TYPE_CHECKING:  # they import torch and pymoo, which settings do not need
    from mobilenas.hardware.costs import Costs
    from mobilenas.objective import ParetoObjective, Reward
    from mobilenas.search_space import SearchSpace

OBJECTIVE: Need[ParetoObjective | Reward] = Need("objective")
"""The objective of a search."""

COSTS: Need[Callable[[Sequence[Architecture]], Costs]] = Need("costs")
"""Computes latency, parameters and multiply-adds of architectures."""

PROBABILITIES: Need[Sequence[Sequence[float]]] = Need("probabilities")
"""The probabilities of the candidates of each choice block, as a method has learned them."""


class Algorithm(ABC):
    """The settings of a search. Every algorithm is a class with ``@settings``.

    ``NSGA2(population=4).search(space, given((OBJECTIVE, objective), (SEED, 0)))`` begins a search.

    Attributes:
        needs: the things that a search is given besides the space
    """

    needs: ClassVar[Needs] = ()

    def check(self, objective: object) -> None:
        """Raises ValueError if the algorithm cannot use this objective; called only if it needs an objective."""

    @abstractmethod
    def search(self, space: SearchSpace, given: Given) -> Search:
        """Returns a search at its beginning.

        Args:
            space: the space to search
            given: the things that ``needs`` names

        Raises:
            ValueError: the objective or the space does not fit
        """


class Search(ABC):
    """A search that is driven from outside: ``ask``, evaluate, ``tell``, until it asks for nothing more.

    The next architectures depend only on the seed and on the evaluations that were told. Therefore a search that is
    told the same evaluations again, from a store, continues where it stopped.
    """

    @property
    @abstractmethod
    def budget(self) -> int:
        """The largest number of evaluations that it asks for, repeated architectures included."""

    @abstractmethod
    def ask(self) -> list[Architecture]:
        """Returns the architectures to evaluate next, the same ones until they are told; none at the end."""

    @abstractmethod
    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """Takes the evaluations of the architectures that were asked for last, in their order.

        Raises:
            ValueError: the evaluations are of other architectures
        """

    @abstractmethod
    def front(self) -> list[Evaluation]:
        """Returns the non-dominated evaluations of its result, by rising latency."""

    def chosen(self, count: int) -> list[Evaluation]:
        """Returns ``count`` evaluations to retrain, or all if there are fewer, at equal distances along its front.

        A search for the highest reward chooses by the reward, best first.

        Raises:
            ValueError: count is less than 1
        """
        return equally_spaced(self.front(), count)


def as_pareto(objective: object, algorithm: str) -> ParetoObjective:
    """Returns the objective; raises ValueError if it is a single number, because this algorithm looks for a front."""
    from mobilenas.objective import ParetoObjective

    if not isinstance(objective, ParetoObjective):
        raise ValueError(
            f"{algorithm} looks for a front: choose objective=accuracy_latency or objective=accuracy_latency_params, "
            f"not {type(objective).__name__}."
        )
    return objective


def as_reward(objective: object, algorithm: str) -> Reward:
    """Returns the objective; raises ValueError if it is not a reward, because this algorithm maximizes a reward."""
    from mobilenas.objective import Reward

    if not isinstance(objective, Reward):
        raise ValueError(
            f"{algorithm} maximizes a reward: choose objective=latency_reward, not {type(objective).__name__}."
        )
    return objective


def check_told(asked: Sequence[Architecture], evaluations: Sequence[Evaluation]) -> None:
    """Raises ValueError unless the evaluations are of the architectures asked for, in their order."""
    if len(evaluations) != len(asked):
        raise ValueError(
            f"{len(asked)} evaluations were asked for, but {len(evaluations)} were told; tell all of them at once."
        )
    for architecture, evaluation in zip(asked, evaluations, strict=True):
        if evaluation.architecture != architecture:
            raise ValueError(
                f"Architecture {architecture} was asked for, but {evaluation.architecture} was told; keep the order."
            )
