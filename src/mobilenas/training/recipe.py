"""How weights are trained: optimizer, learning rate over the epochs, and regularization, all as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import cos, pi
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.settings import Factor, NonNegative, Positive, ProperShare, Share, settings

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR


@settings
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
        ValueError: a number or a name out of its range, or two that do not go together
    """

    epochs: Positive
    batch_size: Positive
    lr: Factor
    optimizer: Literal["sgd", "rmsprop"] = "sgd"
    momentum: Share = 0.9
    nesterov: bool = False
    weight_decay: NonNegative = 0.0
    schedule: Literal["cosine", "exponential", "steps", "one_cycle"] = "cosine"
    warmup_epochs: NonNegative = 0.0
    decay: Factor = 0.99
    decay_epochs: Factor = 3.0
    milestones: tuple[ProperShare, ...] = ()
    rmsprop_decay: Share = 0.9
    rmsprop_eps: Factor = 1e-3
    label_smoothing: Share = 0.0
    ema_decay: Share | None = None
    drop_path: Share = 0.0

    def __post_init__(self) -> None:
        if self.schedule == "steps" and not self.milestones:
            raise ValueError("schedule=steps needs milestones, for example milestones=[0.5,0.75].")
        if self.nesterov and self.optimizer != "sgd":
            raise ValueError(f"nesterov=true needs optimizer=sgd, not {self.optimizer}.")

    def in_words(self) -> str:
        """Its length, optimizer and learning rate."""
        return (
            f"{self.epochs} epochs, batch size {self.batch_size}, {self.optimizer}, learning rate {self.lr:g}, "
            f"{self.schedule.replace('_', ' ')}"
        )

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

    def make_optimizer(self, groups: list[dict[str, Any]]) -> Optimizer:
        """The optimizer over parameter groups, as ``parameter_groups`` makes them."""
        if self.optimizer == "sgd":
            from torch.optim import SGD

            return SGD(groups, self.lr, self.momentum, nesterov=self.nesterov)
        from timm.optim.rmsprop_tf import RMSpropTF

        return RMSpropTF(groups, self.lr, self.rmsprop_decay, self.rmsprop_eps, momentum=self.momentum)

    def make_schedule(self, optimizer: Optimizer, steps_per_epoch: Callable[[], float]) -> LambdaLR:
        """The learning rate as a function of the step alone.

        The steps of an epoch are asked for only after the first step: to ask a trainer earlier makes it set up its
        loader before a checkpoint is restored, and forget the loader's state.
        """
        from torch.optim.lr_scheduler import LambdaLR

        return LambdaLR(optimizer, lambda step: self.lr_factor(step / steps_per_epoch() if step else 0.0))

    def loss(self) -> nn.CrossEntropyLoss:
        from torch import nn

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
