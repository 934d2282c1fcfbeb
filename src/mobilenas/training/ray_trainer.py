"""Settings of trainings on Ray's workers, on this machine or on several machines."""

from __future__ import annotations

from dataclasses import fields
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.cluster import Cluster, check_installed
from mobilenas.settings import Count, Factor, Processes, Threads, settings
from mobilenas.training.trainer import Trainer
from mobilenas.training.trainer_settings import TrainerSettings

if TYPE_CHECKING:
    from pathlib import Path

    import pytorch_lightning as pl
    import torch

    from mobilenas.tracking import Tracking
    from mobilenas.training.one_fit import Fit


@settings
class RayTrainer(TrainerSettings):
    """Settings of trainings on Ray's workers, which Ray Train starts; each worker takes its share of every batch.

    Args:
        address: address of a running cluster, whose machines have this package; null starts Ray on this machine
        workers: number of workers that share each batch, on one machine or on several
        cpus_per_worker: number of cores that a worker needs, or a share of one core
        gpus_per_worker: 1 if each worker trains on a GPU, otherwise 0
        threads: number of threads of torch in each worker
        retries: how many times a training goes on from its last checkpoint after workers have died or could not start

    Raises:
        ValueError: Ray is not installed, or a kind of device and the number of GPUs do not fit
    """

    address: str | None = None
    workers: Processes = 2
    cpus_per_worker: Factor = 1
    gpus_per_worker: Literal[0, 1] = 0
    threads: Threads = 1
    retries: Count = 2

    def __post_init__(self) -> None:
        check_installed("trainer=ray")
        if self.accelerator not in (("auto", "gpu", "cuda") if self.gpus_per_worker else ("auto", "cpu")):
            raise ValueError(
                f"accelerator={self.accelerator} does not fit gpus_per_worker={self.gpus_per_worker}: set"
                " accelerator=auto, or another number of GPUs for each worker."
            )

    @property
    def cluster(self) -> Cluster:
        return Cluster("trainer", self.address, max(1, ceil(self.workers * self.cpus_per_worker)))

    @property
    def processes(self) -> int:
        """The number of workers; 1 if this machine has too few cores, which ``check`` reports."""
        return self.workers if self._has_cores else 1

    @property
    def _has_cores(self) -> bool:
        """Whether this machine has a core for each worker, if they are on this machine and have no GPUs."""
        from mobilenas.cores import available_cores

        return bool(self.address or self.gpus_per_worker) or self.cluster.cpus <= available_cores()

    @property
    def device(self) -> torch.device:
        """The device of the main process, a GPU if its machine has one."""
        return Trainer(devices=1).device

    @property
    def identity(self) -> object:
        return self._alone.identity

    @property
    def _alone(self) -> Trainer:
        """The settings of the same training on one device of the process that makes it."""
        return Trainer(devices=1, **{one.name: getattr(self, one.name) for one in fields(TrainerSettings)})

    def check(self) -> None:
        """Raises ValueError if this machine has too few cores or GPUs, or if workers without GPUs share statistics."""
        import torch

        from mobilenas.cores import available_cores

        if self.sync_batchnorm and not self.gpus_per_worker:
            raise ValueError("trainer.sync_batchnorm needs GPUs: leave it false, or set trainer.gpus_per_worker=1.")
        if not self._has_cores:
            cores = available_cores()
            raise ValueError(
                f"trainer.workers={self.workers} with trainer.cpus_per_worker={self.cpus_per_worker:g} need"
                f" {self.cluster.cpus} cores, and this machine has {cores}: set a smaller number, or trainer.address to"
                " a cluster with more machines."
            )
        if self.gpus_per_worker and not self.address and self.workers > (gpus := torch.cuda.device_count()):
            raise ValueError(
                f"trainer.workers={self.workers} need a GPU each, and this machine has {gpus}: set trainer.workers to"
                " at most this number, or trainer.gpus_per_worker=0, or trainer.address to a cluster with GPUs."
            )

    def make(self, **more: Any) -> pl.Trainer:
        return self._alone.make(**more)

    def train(self, fit: Fit, last: Path, goes_on: bool, tracking: Tracking) -> None:
        """Trains on the workers, which send their checkpoints to this process; workers that die are replaced."""
        from mobilenas.training.on_ray.fit import RayFit

        RayFit(self, fit, last, tracking).run()
