"""Settings of all trainers, such as the precision, and how many images go through a network at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.cluster import Cluster
from mobilenas.settings import Fraction, NonNegative, Positive, settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytorch_lightning as pl
    import torch

    from mobilenas.tracking import Tracking
    from mobilenas.training.one_fit import Fit


@settings
class TrainerSettings(ABC):
    """The settings of Lightning's Trainer that do not depend on where its processes are, with its names and defaults.

    Args:
        accelerator: kind of device; ``auto`` takes a GPU if there is one
        precision: precision of the arithmetic
        sync_batchnorm: whether devices share the statistics of a batch
        limit_train_batches: number or share of batches in an epoch; all by default
        accumulate_grad_batches: number of batches whose gradients are averaged for a step
        images_at_once: the largest number of images in a forward pass of a device; a larger share of a batch is divided
            into equal parts, whose gradients are averaged; supernets have no parts. By default a share is one part
        gradient_clip_val: the largest norm of a step's gradient; there is no limit by default
    """

    accelerator: Literal["auto", "cpu", "gpu", "cuda", "mps"] = "auto"
    precision: Literal[
        "16-true",
        "16-mixed",
        "bf16-true",
        "bf16-mixed",
        "32-true",
        "64-true",
    ] = "32-true"
    sync_batchnorm: bool = False
    limit_train_batches: Positive | Fraction | None = None
    accumulate_grad_batches: Positive = 1
    images_at_once: Positive | None = None
    gradient_clip_val: NonNegative | None = None

    def __post_init__(self) -> None:
        if self.images_at_once and self.accumulate_grad_batches > 1:
            raise ValueError(
                "accumulate_grad_batches has no meaning beside images_at_once, which divides a batch: leave it at 1,"
                " and set recipe.batch_size to the images of a whole step."
            )

    @property
    def cluster(self) -> Cluster | None:
        """The Ray that it uses; None if it uses none."""
        return None

    @property
    @abstractmethod
    def processes(self) -> int:
        """The number of processes that share each batch, each with a device of its own."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """The device of the main process, the first one if there are several."""

    @property
    @abstractmethod
    def identity(self) -> object:
        """What results depend on, as plain values; the same for any device, number of processes and number of parts."""

    @abstractmethod
    def check(self) -> None:
        """Raises ValueError if the training cannot run with these settings here."""

    @abstractmethod
    def make(self, **more: Any) -> pl.Trainer:
        """Makes Lightning's Trainer, with more of its settings, which take precedence."""

    @abstractmethod
    def train(self, fit: Fit, last: Path, goes_on: bool, tracking: Tracking) -> None:
        """Trains the module of a fit to the end.

        Args:
            fit: the module and everything that trains it
            last: path of the checkpoint, in the folder ``checkpoints`` of the training's folder
            goes_on: whether the fit begins with this checkpoint
            tracking: the record of the run
        """

    def parts(self, batch_size: int) -> int:
        """Returns the number of parts, each of one forward pass, of a device's share of a batch.

        Args:
            batch_size: number of images in a batch of all devices together
        """
        share = max(1, batch_size // self.processes)
        most = self.images_at_once or share
        return next(count for count in range(1, share + 1) if share % count == 0 and share // count <= most)

    def limit(self, batches: int) -> float | None:
        """Returns ``limit_train_batches`` for a number of batches; a share of less than one batch is one batch."""
        limit = self.limit_train_batches
        return 1 if isinstance(limit, float) and int(limit * batches) < 1 else limit

    def steps(self, batches: int) -> int:
        """Returns the number of steps in an epoch of a number of batches; the last step may have fewer batches."""
        limit = self.limit(batches)
        used = batches if limit is None else int(limit * batches if isinstance(limit, float) else min(limit, batches))
        return max(1, ceil(used / self.accumulate_grad_batches))
