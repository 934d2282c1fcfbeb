"""Runs trials in this process, or in several processes of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.executor.base import Executor
from mobilenas.settings import Count, Minutes, Processes, aside, settings

if TYPE_CHECKING:
    from mobilenas.executor.local_pool import LocalPool


@settings
class LocalExecutor(Executor):
    """The settings of trials on this machine: each process runs one trial at a time, and gets the evaluator once.

    Args:
        processes: number of processes; with 1 the trials run in this process, and a trial that crashes ends it
        threads: number of threads of torch in each process; null takes the number of this process
        retries: how often a trial is run again after its process has died
        timeout_minutes: the time to wait until any of several processes finishes a trial; null waits for ever
    """

    processes: Processes = aside(default=1)
    retries: Count = aside(default=2)
    timeout_minutes: Minutes | None = aside(default=None)

    def open(self) -> LocalPool:
        from mobilenas.executor.local_pool import LocalPool

        return LocalPool(self)
