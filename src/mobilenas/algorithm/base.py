"""Search algorithms: their settings, and the searches that ask for architectures and are told their evaluations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from mobilenas.algorithm.selection import equally_spaced
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.settings import Given, Need

if TYPE_CHECKING:  # with them come torch and pymoo, which settings do without
    from mobilenas.objective import ParetoObjective, Reward
    from mobilenas.search_space import SearchSpace

OBJECTIVE: Need[ParetoObjective | Reward] = Need("objective")
"""What is traded off."""

PROBABILITIES: Need[Sequence[Sequence[float]]] = Need("probabilities")
"""Of the candidates of each choice block, as a method has learned them."""


class Algorithm(ABC):
    """The settings of a search; every algorithm is a class with ``@settings``.

        >>> NSGA2(population=4).search(space, given((OBJECTIVE, objective), (SEED, 0)))

    Attributes:
        needs: what a search is given beside the space
    """

    needs: ClassVar[tuple[Need[Any], ...]] = ()

    def check(self, objective: object) -> None:  # noqa: B027 - all will do unless a class says otherwise
        """Raise ValueError if the algorithm cannot search for this; asked only of one that needs an objective."""

    @abstractmethod
    def search(self, space: SearchSpace, given: Given) -> Search:
        """A search at its beginning.

        Args:
            space: to search
            given: what ``needs`` names

        Raises:
            ValueError: the objective or the space does not fit
        """


class Search(ABC):
    """A search that is driven from outside: ``ask``, evaluate, ``tell``, until nothing more is asked.

    What is asked depends only on the seed and on what was told, so a search that is told the same again from a
    store continues where it stopped.
    """

    @property
    @abstractmethod
    def budget(self) -> int:
        """How many evaluations it asks for at most, repeated architectures included."""

    @abstractmethod
    def ask(self) -> list[Architecture]:
        """The architectures to evaluate next, the same ones until they are told; none when the search has ended."""

    @abstractmethod
    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """The evaluations of the architectures last asked for, in their order.

        Raises:
            ValueError: they are of other architectures
        """

    @abstractmethod
    def front(self) -> list[Evaluation]:
        """The non-dominated evaluations of its result, by rising latency."""

    def chosen(self, count: int) -> list[Evaluation]:
        """The ``count`` models to retrain, or all where there are fewer: at equal distances along its front.

        A search for the highest reward chooses by that, best first.

        Raises:
            ValueError: count is less than 1
        """
        return equally_spaced(self.front(), count)


def as_pareto(objective: object, algorithm: str) -> ParetoObjective:
    """The objective; raises ValueError where it is one number, as this algorithm looks for a front."""
    from mobilenas.objective import ParetoObjective

    if not isinstance(objective, ParetoObjective):
        raise ValueError(
            f"{algorithm} looks for a front: choose objective=accuracy_latency or objective=accuracy_latency_params, "
            f"not {type(objective).__name__}."
        )
    return objective


def as_reward(objective: object, algorithm: str) -> Reward:
    """The objective; raises ValueError where it is no reward, which this algorithm maximizes."""
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
