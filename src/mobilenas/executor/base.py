"""Where trials run; a trial is the evaluation of one architecture."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.evaluator.base import Evaluator


class Executor(ABC):
    """Runs trials, several at once where it can; it is entered with ``with``, whose end ends all that it has started.

    A trial whose process dies is run again. One whose process always dies becomes a failure, and the others go on. An
    error that the evaluator itself raises ends the search, and is raised here as it is.
    """

    threads: int | None
    """Of torch in each trial, which its result depends on; None is as many as this process has."""

    @abstractmethod
    def evaluate(self, evaluator: Evaluator, architectures: Sequence[Architecture]) -> Iterator[Evaluation]:
        """The evaluations in the order in which they finish, one for each different architecture."""

    @abstractmethod
    def close(self) -> None:
        """End the processes that were started; the next trial starts new ones."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
