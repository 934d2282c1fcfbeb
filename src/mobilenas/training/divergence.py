"""Stops a training at the first step whose gradient is not finite, and says which layer is at fault."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, get_total_norm

from mobilenas.training.fault import DivergedError, first_at_fault, is_wrong, layer_of
from mobilenas.training.recipe import OnNan

log = logging.getLogger(__name__)


class FiniteSteps(pl.Callback):
    """Watches the gradient of every step.

    Args:
        name: name of the training in messages
        on_nan: ``skip`` leaves the step out, and an epoch without a step ends the training; otherwise the training
            ends with ``DivergedError``
    """

    def __init__(self, name: str, on_nan: OnNan) -> None:
        self._name, self._on_nan = name, on_nan
        self._batch: Any = None
        self._place = self._taken = self._taken_in_epoch = self._skipped_in_epoch = 0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._taken_in_epoch = self._skipped_in_epoch = 0

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self._batch, self._place = batch, batch_idx

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        if trainer.precision == "16-mixed":  # its scaler leaves such steps out and lowers its scale
            return
        weights = [weight for group in optimizer.param_groups for weight in group["params"] if weight.grad is not None]
        if not weights or bool(get_total_norm([weight.grad for weight in weights]).isfinite()):
            self._taken += 1
            self._taken_in_epoch += 1
            return
        fault = first_at_fault(pl_module, self._batch)
        if self._on_nan != "skip":
            way_out = ", or set its on_nan to skip or restore" if self._on_nan == "stop" else ""
            raise DivergedError(
                f"{self._name}: in epoch {trainer.current_epoch + 1}, batch {self._place + 1}, the gradient is not"
                f" finite, first at {fault}: lower the recipe's lr{way_out}.",
                self._taken,
            )
        self._skipped_in_epoch += 1
        for weight in weights:
            weight.grad = None
        reset_statistics(pl_module)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Tells the steps that were left out; raises DivergedError if there was no other."""
        skipped, all_steps = self._skipped_in_epoch, self._skipped_in_epoch + self._taken_in_epoch
        if not skipped:
            return
        said = f"{self._name}: in epoch {trainer.current_epoch + 1}, the gradient of {skipped} of {all_steps} steps"
        if skipped == all_steps:
            raise DivergedError(f"{said} is not finite: nothing is learned; lower the recipe's lr.", self._taken)
        log.warning("%s is not finite: these steps were left out.", said)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for name, weight in pl_module.named_parameters():
            if is_wrong(weight):
                raise DivergedError(
                    f"{self._name}: after the last step the weights of {layer_of(name)} are not finite: lower the"
                    " recipe's lr.",
                    self._taken,
                )


class ClipGradients(pl.Callback):
    """Limits the norm of every step's gradient, where Lightning does not: in modules with manual optimization.

    Args:
        largest: the largest norm
    """

    def __init__(self, largest: float) -> None:
        self._largest = largest

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        clip_grad_norm_([weight for group in optimizer.param_groups for weight in group["params"]], self._largest)


class LowerRate(pl.Callback):
    """Multiplies the learning rates of the weights by a factor, which checkpoints keep.

    Args:
        factor: the factor of the recipe's rates
    """

    def __init__(self, factor: float) -> None:
        self._factor, self._applied = factor, 1.0

    def state_dict(self) -> dict[str, Any]:
        return {"factor": self._factor}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._applied = float(state_dict["factor"])
        self._factor = min(self._factor, self._applied)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        ratio = self._factor / self._applied
        for schedule in (one.scheduler for one in trainer.lr_scheduler_configs):
            schedule.base_lrs = [rate * ratio for rate in schedule.base_lrs]
            for group in schedule.optimizer.param_groups:
                group["lr"] *= ratio
                group["initial_lr"] *= ratio


def reset_statistics(module: nn.Module) -> None:
    """Begins the statistics of batch norms again that are not finite."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d) and any(map(is_wrong, _statistics(part))):
            part.reset_running_stats()


def _statistics(norm: nn.BatchNorm2d) -> Iterable[Tensor]:
    return (one for one in (norm.running_mean, norm.running_var) if one is not None)
