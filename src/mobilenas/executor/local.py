"""Trials in this process, or in processes of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.executor.base import Executor
from mobilenas.settings import Count, Factor, Positive, aside, settings

if TYPE_CHECKING:
    from mobilenas.executor.local_pool import LocalPool


@settings
class LocalExecutor(Executor):
    """One trial a process at a time; each process is given the evaluator once.

    Args:
        processes: 1 runs the trials in this process, which ends if one of them does
        threads: of torch in each process; None is as many as this process has
        retries: how often a trial is run again whose process has died
        timeout_minutes: how long to wait for any of several processes' trials to finish; None waits for ever
    """

    processes: Positive = aside(default=1)
    retries: Count = aside(default=2)
    timeout_minutes: Factor | None = aside(default=None)

    def open(self) -> LocalPool:
        from mobilenas.executor.local_pool import LocalPool

        return LocalPool(self)
