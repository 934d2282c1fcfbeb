"""Runs trials in Ray: it is started on this machine for the search, or it is a running cluster."""

from __future__ import annotations

from dataclasses import field
from math import ceil
from typing import TYPE_CHECKING

from mobilenas.cluster import Cluster, check_installed
from mobilenas.executor.base import Executor
from mobilenas.settings import Count, Factor, Minutes, NonNegative, Processes, Threads, aside, settings

if TYPE_CHECKING:
    from mobilenas.executor.ray_pool import RayPool


@settings
class RayExecutor(Executor):
    """The settings of trials as Ray's tasks; each machine gets the evaluator once, and each process reads it once.

    Args:
        address: address of a running cluster, whose machines have this package; null starts Ray on this machine
        workers: number of trials that run at once, if there is room for them
        cpus_per_trial: number of cores that a trial needs, or a share of one core
        gpus_per_trial: number of GPUs that a trial needs, or a share of one GPU
        threads: number of threads of torch in each trial
        retries: how often a trial is run again after its process has died
        timeout_minutes: the time to wait until any trial finishes; null waits for ever

    Raises:
        ValueError: Ray is not installed, or a trial would need one GPU and a share of another
    """

    address: str | None = aside(default=None)
    workers: Processes = aside(default=2)
    cpus_per_trial: Factor = aside(default=1)
    gpus_per_trial: NonNegative = aside(default=0)
    threads: Threads = field(default=1, kw_only=True)
    retries: Count = aside(default=2)
    timeout_minutes: Minutes | None = aside(default=None)

    def __post_init__(self) -> None:
        check_installed("executor=ray")
        if self.gpus_per_trial > 1 and self.gpus_per_trial != int(self.gpus_per_trial):
            raise ValueError(
                f"RayExecutor: gpus_per_trial must be a share of one GPU or a whole number, not {self.gpus_per_trial}."
            )

    def open(self) -> RayPool:
        from mobilenas.executor.ray_pool import RayPool

        return RayPool(self)

    @property
    def cluster(self) -> Cluster:
        return Cluster("executor", self.address, max(1, ceil(self.workers * self.cpus_per_trial)))
