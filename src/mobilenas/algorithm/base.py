"""Search algorithms: they ask for architectures and are told their evaluations."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from mobilenas.algorithm.selection import equally_spaced
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ParetoObjective


class Algorithm(ABC):
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


def check_pareto(objective: object, algorithm: str) -> None:
    """Raises ValueError for an objective that is one number: this algorithm looks for a front."""
    if not isinstance(objective, ParetoObjective):
        raise ValueError(
            f"{algorithm} looks for a front: choose objective=accuracy_latency or objective=accuracy_latency_params, "
            f"not {type(objective).__name__}."
        )


def check_told(asked: Sequence[Architecture], evaluations: Sequence[Evaluation]) -> None:
    """Raises ValueError unless the evaluations are of the architectures asked for, in their order."""
    if len(evaluations) != len(asked):
        raise ValueError(f"{len(asked)} evaluations were asked for, but {len(evaluations)} told; tell all of one ask.")
    for architecture, evaluation in zip(asked, evaluations, strict=True):
        if evaluation.architecture != architecture:
            raise ValueError(
                f"Architecture {architecture} was asked for, but {evaluation.architecture} told; keep the order."
            )
