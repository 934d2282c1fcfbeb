"""Where trials run; a trial is the scoring of one architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import field
from types import TracebackType
from typing import Self

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.settings import Positive, settings


@settings
class Executor(ABC):
    """Where trials run and how many at once: settings, of which only the threads change what a trial finds.

    Args:
        threads: of torch in each trial; None is as many as this process has
    """

    threads: Positive | None = field(default=None, kw_only=True)

    @abstractmethod
    def open(self) -> TrialPool:
        """What runs trials; it is entered with ``with``, whose end ends all that it has started."""


class TrialPool(ABC):
    """Runs trials, several at once where it can.

    A trial whose process dies is run again. One whose process always dies becomes a failure, and the others go on. An
    error that the evaluator itself raises ends the search, and is raised here as it is.
    """

    @abstractmethod
    def evaluate(self, evaluator: Evaluator, architectures: Sequence[Architecture]) -> Iterator[Score]:
        """The scores in the order in which the trials finish, one for each different architecture."""

    @abstractmethod
    def close(self) -> None:
        """End the processes that were started; the next trial starts new ones."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
