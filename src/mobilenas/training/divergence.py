"""Stops a training at the first step whose gradient is not finite, and says which layer is at fault."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, get_total_norm

from mobilenas.training.recipe import OnNan


class DivergedError(FloatingPointError):
    """The loss, a gradient or a weight of a training is not finite."""


class FiniteSteps(pl.Callback):
    """Watches the gradient of every step.

    Args:
        name: name of the training in messages
        on_nan: ``skip`` leaves the step out; otherwise the training ends with ``DivergedError``
    """

    def __init__(self, name: str, on_nan: OnNan) -> None:
        self._name, self._skips = name, on_nan == "skip"
        self._batch: Any = None
        self._place = 0
        self.skipped = 0

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
            return
        fault = first_at_fault(pl_module, self._batch)
        if not self._skips:
            raise DivergedError(
                f"{self._name}: in epoch {trainer.current_epoch + 1}, batch {self._place + 1}, the gradient is not"
                f" finite, first at {fault}: lower the recipe's lr, or set its on_nan to skip or restore."
            )
        self.skipped += 1
        for weight in weights:
            weight.grad = None
        reset_statistics(pl_module)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        for name, weight in pl_module.named_parameters():
            if not bool(weight.isfinite().all()):
                raise DivergedError(
                    f"{self._name}: after the last step the weights of {layer_of(name)} are not finite: lower the"
                    " recipe's lr."
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


@torch.no_grad()
def first_at_fault(module: pl.LightningModule, batch: tuple[Tensor, Tensor]) -> str:
    """Returns the first layer whose output for these images, or whose gradient, is not finite, in words."""
    found: list[str] = []

    def note(name: str, output: object) -> None:
        if isinstance(output, Tensor) and not bool(output.isfinite().all()):
            found.append(name)

    leaves = {name: part for name, part in module.named_modules() if not any(part.children())}
    hooks = [
        part.register_forward_hook(lambda _, inputs, output, name=name: note(name, output))
        for name, part in leaves.items()
    ]
    try:
        module(batch[0])
    finally:
        for hook in hooks:
            hook.remove()
    wrong = [name for name, weight in module.named_parameters() if weight.grad is not None and _is_wrong(weight.grad)]
    return layer_of((found or wrong[-1:] or ["the loss"])[0])


def reset_statistics(module: nn.Module) -> None:
    """Begins the statistics of batch norms again that are not finite."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d) and any(map(_is_wrong, _statistics(part))):
            part.reset_running_stats()


def layer_of(name: str) -> str:
    """Returns the name of a module or a weight in words: ``layer 5 (network.5.0.weight)``."""
    place = re.search(r"\.(\d+)", name)
    return f"layer {place[1]} ({name})" if place else name


def _statistics(norm: nn.BatchNorm2d) -> Iterable[Tensor]:
    return (one for one in (norm.running_mean, norm.running_var) if one is not None)


def _is_wrong(values: Tensor) -> bool:
    return not bool(values.isfinite().all())
