"""The interface of executors, which run trials; a trial is the scoring of one architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import field
from types import TracebackType
from typing import Self

from mobilenas.cluster import Cluster
from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.settings import Threads, settings


@settings
class Executor(ABC):
    """The settings of where trials run and how many run at once; only the threads can change the result of a trial.

    Args:
        threads: number of threads of torch in each trial; null takes the number of this process
    """

    threads: Threads | None = field(default=None, kw_only=True)

    @property
    def cluster(self) -> Cluster | None:
        """The Ray that it uses; None if it uses none."""
        return None

    @abstractmethod
    def open(self) -> TrialPool:
        """Returns the pool that runs trials; use it in a ``with`` block, which ends all processes that it started."""


class TrialPool(ABC):
    """Runs trials, several at once where it can.

    A trial whose process dies is run again. If its process always dies, the trial becomes a failure, and the others
    continue. An error that the evaluator itself raises ends the search and is raised here unchanged.
    """

    @abstractmethod
    def evaluate(self, evaluator: Evaluator, architectures: Sequence[Architecture]) -> Iterator[Score]:
        """Yields the scores in the order in which the trials finish, one for each different architecture."""

    @abstractmethod
    def close(self) -> None:
        """Ends the processes that were started; the next trial starts new processes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
