"""How weights are trained: optimizer, learning rate over the epochs, and regularization, all as plain numbers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi
from typing import Any, Literal, get_args

import torch
from timm.optim.rmsprop_tf import RMSpropTF
from torch import nn

from mobilenas.settings.checks import check_factor, check_positive, check_share

OptimizerName = Literal["sgd", "rmsprop"]
ScheduleName = Literal["cosine", "exponential", "steps", "one_cycle"]


@dataclass(frozen=True)
class Recipe:
    """Settings of one training run.

    Args:
        epochs: passes over the training images
        batch_size: images a step
        lr: the highest learning rate
        optimizer: ``sgd``, or ``rmsprop`` as TensorFlow computes it
        momentum: of either optimizer
        nesterov: Nesterov's momentum, of ``sgd`` alone
        weight_decay: L2 penalty on weights, not on biases and batch norms
        schedule: ``cosine`` to zero; ``exponential``, times ``decay`` every ``decay_epochs`` from the first on, as in
            MnasNet's public code; ``steps``, times ``decay`` at each of ``milestones``; ``one_cycle``, a cosine up from
            lr / 25 over the first 30% and down to zero
        warmup_epochs: linear from zero; the schedule begins when they end, the exponential one with them
        decay: factor of the exponential schedule, and of the one in steps
        decay_epochs: interval of the exponential one
        milestones: epochs of the one in steps, as shares of all epochs
        rmsprop_decay: of the running mean of squares
        rmsprop_eps: added to it
        label_smoothing: of the cross entropy
        drop_path: probability that a stand-alone network's residual branch is left out, where it can be
        ema_decay: of the exponential moving average of the weights, which is then what is kept; none if null

    Raises:
        ValueError: a number or a name out of its range
    """

    epochs: int
    batch_size: int
    lr: float
    optimizer: OptimizerName = "sgd"
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: ScheduleName = "cosine"
    warmup_epochs: float = 0.0
    decay: float = 0.99
    decay_epochs: float = 3.0
    milestones: Sequence[float] = ()
    rmsprop_decay: float = 0.9
    rmsprop_eps: float = 1e-3
    label_smoothing: float = 0.0
    ema_decay: float | None = None
    drop_path: float = 0.0

    def __post_init__(self) -> None:
        if self.optimizer not in get_args(OptimizerName):
            raise ValueError(
                f"recipe: optimizer is one of {', '.join(get_args(OptimizerName))}, not {self.optimizer!r}."
            )
        if self.schedule not in get_args(ScheduleName):
            raise ValueError(f"recipe: schedule is one of {', '.join(get_args(ScheduleName))}, not {self.schedule!r}.")
        if (self.schedule == "steps" and not self.milestones) or not all(0 < share < 1 for share in self.milestones):
            raise ValueError(
                "recipe: the schedule steps needs milestones, shares of the epochs between 0 and 1, not"
                f" {list(self.milestones)}."
            )
        if self.nesterov and self.optimizer != "sgd":
            raise ValueError("recipe: nesterov belongs to the optimizer sgd.")
        check_positive("recipe", epochs=self.epochs, batch_size=self.batch_size)
        check_factor("recipe", lr=self.lr, decay=self.decay, decay_epochs=self.decay_epochs, eps=self.rmsprop_eps)
        check_share("recipe", momentum=self.momentum, label_smoothing=self.label_smoothing)
        check_share("recipe", drop_path=self.drop_path)
        check_share("recipe", rmsprop_decay=self.rmsprop_decay, ema_decay=self.ema_decay or 0)
        for name, value in ("weight_decay", self.weight_decay), ("warmup_epochs", self.warmup_epochs):
            if not isinstance(value, int | float) or not value >= 0:
                raise ValueError(f"recipe: {name} must be 0 or more, not {value!r}.")

    def lr_factor(self, epoch: float) -> float:
        """The learning rate over ``lr`` after so many epochs, fractions included."""
        if epoch < self.warmup_epochs:
            return epoch / self.warmup_epochs
        if self.schedule == "exponential":
            return float(self.decay ** (epoch // self.decay_epochs))
        if self.schedule == "steps":
            return float(self.decay ** sum(epoch >= share * self.epochs for share in self.milestones))
        progress = min(1.0, (epoch - self.warmup_epochs) / max(self.epochs - self.warmup_epochs, 1e-9))
        if self.schedule == "cosine":
            return (1 + cos(pi * progress)) / 2
        if progress < 0.3:
            return 0.04 + 0.96 * (1 - cos(pi * progress / 0.3)) / 2
        return (1 + cos(pi * (progress - 0.3) / 0.7)) / 2

    def make_optimizer(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """The optimizer over parameter groups, as ``parameter_groups`` makes them."""
        if self.optimizer == "sgd":
            return torch.optim.SGD(groups, self.lr, self.momentum, nesterov=self.nesterov)
        return RMSpropTF(groups, self.lr, self.rmsprop_decay, self.rmsprop_eps, momentum=self.momentum)

    def make_schedule(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: Callable[[], float]
    ) -> torch.optim.lr_scheduler.LambdaLR:
        """The learning rate as a function of the step alone.

        The steps of an epoch are asked for only after the first step: to ask a trainer earlier makes it set up its
        loader before a checkpoint is restored, and forget the loader's state.
        """
        return torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.lr_factor(step / steps_per_epoch() if step else 0.0)
        )

    def loss(self) -> nn.CrossEntropyLoss:
        return nn.CrossEntropyLoss(label_smoothing=self.label_smoothing)


def parameter_groups(parameters: Iterable[nn.Parameter], weight_decay: float, lr: float) -> list[dict[str, Any]]:
    """Two groups: weights with decay; biases and batch norms, which have at most one dimension, without."""
    weights: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for parameter in parameters:
        (weights if parameter.ndim > 1 else others).append(parameter)
    return [
        {"params": weights, "lr": lr, "weight_decay": weight_decay},
        {"params": others, "lr": lr, "weight_decay": 0.0},
    ]
