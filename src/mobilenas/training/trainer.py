"""Settings of Lightning's Trainer: the devices and the precision of a training."""

from __future__ import annotations

from dataclasses import fields
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.settings import Count, Fraction, NonNegative, Positive, settings

if TYPE_CHECKING:
    import pytorch_lightning as pl


@settings
class Trainer:
    """Settings of a ``pytorch_lightning.Trainer``, with its own names and defaults.

    Args:
        accelerator: kind of device; ``auto`` takes a GPU if there is one
        devices: the number of devices, or the numbers of some GPUs; ``auto`` takes all
        precision: precision of the arithmetic
        strategy: how several devices work together; only strategies are allowed that start processes for the training
            alone and that accept unused parameters, because a path leaves most of a supernet unused
        sync_batchnorm: whether devices share the statistics of a batch
        num_nodes: number of machines; every machine would run the whole command, so that there must be one
        limit_train_batches: number or share of batches in an epoch; all by default
        accumulate_grad_batches: number of batches whose gradients are averaged for a step
        images_at_once: the largest number of images in a forward pass of a device; a larger share of a batch is divided
            into equal parts, whose gradients are averaged. By default a share is one part
        gradient_clip_val: the largest norm of a step's gradient; there is no limit by default
    """

    accelerator: Literal["auto", "cpu", "gpu", "cuda", "mps"] = "auto"
    devices: Positive | Literal["auto"] | tuple[Count, ...] = "auto"
    precision: Literal[
        "16-true",
        "16-mixed",
        "bf16-true",
        "bf16-mixed",
        "32-true",
        "64-true",
    ] = "32-true"
    strategy: Literal[
        "auto",
        "single_device",
        "ddp_spawn_find_unused_parameters_true",
        "ddp_fork_find_unused_parameters_true",
    ] = "auto"
    sync_batchnorm: bool = False
    num_nodes: Positive = 1
    limit_train_batches: Positive | Fraction | None = None
    accumulate_grad_batches: Positive = 1
    images_at_once: Positive | None = None
    gradient_clip_val: NonNegative | None = None

    def __post_init__(self) -> None:
        if self.num_nodes > 1:
            raise ValueError(
                f"num_nodes must be 1, not {self.num_nodes}, because every machine would run the whole command:"
                " search on several machines with executor=ray."
            )

        if self.images_at_once and self.accumulate_grad_batches > 1:
            raise ValueError(
                "accumulate_grad_batches has no meaning beside images_at_once, which divides a batch: leave it at 1,"
                " and set recipe.batch_size to the images of a whole step."
            )

    def check(self) -> None:
        """Raises ValueError if there are no such devices, or if each of them would start the whole command again."""
        from lightning_fabric.utilities.exceptions import MisconfigurationException
        from pytorch_lightning.accelerators import CPUAccelerator
        from pytorch_lightning.strategies.launchers.subprocess_script import _SubprocessScriptLauncher

        try:
            trainer = self.bare()
        except (MisconfigurationException, TypeError, ValueError, RuntimeError, ImportError) as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise ValueError(
                f"The trainer cannot be made: {reason}. Choose trainer=auto, or another trainer.accelerator,"
                " trainer.strategy, trainer.precision or number of trainer.devices."
            ) from None
        if isinstance(trainer.strategy.launcher, _SubprocessScriptLauncher):
            raise ValueError(
                "With this strategy every device would restart the whole command: choose trainer=ddp, which starts"
                " processes only for training, and set trainer.devices."
            )
        if isinstance(trainer.accelerator, CPUAccelerator):
            self._check_cpus(trainer.num_devices)

    def _check_cpus(self, processes: int) -> None:
        """Raises ValueError for what works only on GPUs."""
        from mobilenas.data.decode import available_cores

        if processes > (cores := available_cores()):
            raise ValueError(f"trainer.devices must be at most the number of cores, {cores}, and not {processes}.")
        if processes > 1 and self.sync_batchnorm:
            raise ValueError("trainer.sync_batchnorm needs GPUs: leave it false, or set trainer.devices=1.")

    @property
    def processes(self) -> int:
        """The number of devices that share each batch, each in a process of its own; 1 if ``check`` refuses them."""
        import torch

        from mobilenas.data.decode import available_cores

        if self.accelerator == "cpu" and isinstance(self.devices, int) and self.devices > available_cores():
            return 1
        if isinstance(self.devices, tuple):
            return len(self.devices)
        if self.devices != "auto":
            return self.devices
        return max(1, torch.cuda.device_count()) if self.accelerator in ("auto", "gpu", "cuda") else 1

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

    def bare(self) -> pl.Trainer:
        """Makes a Trainer that only tells the devices."""
        return self.make(
            logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False
        )

    def make(self, **more: Any) -> pl.Trainer:
        """Makes Lightning's Trainer, with more of its settings."""
        import pytorch_lightning as pl

        own = {one.name: one.default for one in fields(self) if one.name != "images_at_once"}
        values = {name: getattr(self, name) for name in own}
        values["devices"] = list(self.devices) if isinstance(self.devices, tuple) else self.devices
        changed = {name: value for name, value in values.items() if value != own[name]}
        return pl.Trainer(**changed | more)
