"""Settings of Lightning's Trainer: the devices of this machine."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.settings import Count, Positive, plain, settings
from mobilenas.training.trainer_settings import TrainerSettings

if TYPE_CHECKING:
    from pathlib import Path

    import pytorch_lightning as pl
    import torch

    from mobilenas.tracking import Tracking
    from mobilenas.training.one_fit import Fit


@settings
class Trainer(TrainerSettings):
    """Settings of a ``pytorch_lightning.Trainer``, with its own names and defaults.

    Args:
        devices: the number of devices, or the numbers of some GPUs; ``auto`` takes all
        strategy: how several devices work together; only strategies are allowed that start processes for the training
            alone and that accept unused parameters, because a path leaves most of a supernet unused
        num_nodes: number of machines; every machine would run the whole command, so that there must be one
    """

    devices: Positive | Literal["auto"] | tuple[Count, ...] = "auto"
    strategy: Literal[
        "auto",
        "single_device",
        "ddp_spawn_find_unused_parameters_true",
        "ddp_fork_find_unused_parameters_true",
    ] = "auto"
    num_nodes: Positive = 1

    def __post_init__(self) -> None:
        if self.num_nodes > 1:
            raise ValueError(
                f"num_nodes must be 1, not {self.num_nodes}, because every machine would run the whole command:"
                " train on several machines with trainer=ray, and search on them with executor=ray."
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
        from mobilenas.cores import available_cores

        if processes > (cores := available_cores()):
            raise ValueError(f"trainer.devices must be at most the number of cores, {cores}, and not {processes}.")
        if processes > 1 and self.sync_batchnorm:
            raise ValueError("trainer.sync_batchnorm needs GPUs: leave it false, or set trainer.devices=1.")

    @property
    def processes(self) -> int:
        """The number of devices that share each batch, each in a process of its own; 1 if ``check`` refuses them."""
        import torch

        from mobilenas.cores import available_cores

        if self.accelerator == "cpu" and isinstance(self.devices, int) and self.devices > available_cores():
            return 1
        if isinstance(self.devices, tuple):
            return len(self.devices)
        if self.devices != "auto":
            return self.devices
        return max(1, torch.cuda.device_count()) if self.accelerator in ("auto", "gpu", "cuda") else 1

    @property
    def device(self) -> torch.device:
        return self.bare().strategy.root_device

    @property
    def identity(self) -> object:
        return plain(replace(self, devices=1, strategy="auto", accelerator="auto", images_at_once=None))

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

    def train(self, fit: Fit, last: Path, goes_on: bool, tracking: Tracking) -> None:
        """Trains here, or in processes of this machine that Lightning starts."""
        from mobilenas.training.metrics_log import MetricsLog
        from mobilenas.training.step_progress import ShownProgress

        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # else they warn of networks without unused weights
        folder = last.parent.parent
        log = MetricsLog(folder, fit.name, tracking.series(folder, fit.name))
        fit.run(last, goes_on, log, ShownProgress(fit.name))
