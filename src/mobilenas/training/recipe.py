"""The recipe of a training: optimizer, learning rate over the epochs, and regularization, as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import ceil, cos, pi
from typing import TYPE_CHECKING, Literal

from mobilenas.settings import Count, Factor, NonNegative, Positive, ProperShare, Share, settings

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR


OnNan = Literal["stop", "skip", "restore"]


@settings
class Recipe:
    """Settings of one training run.

    Args:
        epochs: number of passes over the training images
        least_steps: with few images there are more epochs, so that the training has at least this number of steps; 0
            keeps the number of epochs
        batch_size: number of images in a step
        lr: the highest learning rate
        optimizer: ``sgd``, or ``rmsprop`` as TensorFlow computes it
        momentum: momentum of either optimizer
        nesterov: Nesterov's momentum, only for ``sgd``
        weight_decay: L2 penalty on weights, not on biases and batch norms
        schedule: ``cosine`` falls to zero; ``exponential`` multiplies by ``decay`` every ``decay_epochs`` from the
            first epoch on, as in MnasNet's public code; ``steps`` multiplies by ``decay`` at each of ``milestones``;
            ``one_cycle`` is a cosine up from lr / 25 over the first 30%, and then down to zero
        warmup_epochs: number of epochs in which the learning rate rises linearly from zero; the schedule begins after
            them, but the exponential schedule begins with them
        decay: factor of the schedules ``exponential`` and ``steps``
        decay_epochs: interval of the schedule ``exponential``
        milestones: epochs of the schedule ``steps``, as shares of all epochs
        rmsprop_decay: decay of the running mean of squares
        rmsprop_eps: number that is added to this mean
        label_smoothing: label smoothing of the cross entropy
        drop_path: probability that a stand-alone network's residual branch is left out, if it can be
        ema_decay: decay of the exponential moving average of the weights, which is kept instead of them; null has none
        calibration_images: number of training images that the statistics of a stand-alone network's batch norms are
            computed from at the end; null keeps the running averages, which need some thousand steps
        on_nan: what happens at a step whose gradient is not finite: ``stop`` ends the run, ``skip`` leaves the step
            out, ``restore`` goes on from the last checkpoint at half the learning rate

    Raises:
        ValueError: a number or a name is out of its range, or two of them do not fit
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
    calibration_images: Positive | None = 4096
    least_steps: Count = 0
    on_nan: OnNan = "stop"

    def __post_init__(self) -> None:
        if self.schedule == "steps" and not self.milestones:
            raise ValueError("schedule=steps needs milestones, for example milestones=[0.5,0.75].")
        if self.nesterov and self.optimizer != "sgd":
            raise ValueError(f"nesterov=true needs optimizer=sgd, not {self.optimizer}.")

    def lengthened(self, steps: int) -> Recipe:
        """Returns the recipe with enough epochs for ``least_steps``, and everything that is counted in epochs longer.

        Args:
            steps: number of steps in an epoch, 1 or more
        """
        least = ceil(self.least_steps / steps)
        if least <= self.epochs:
            return self
        longer = least / self.epochs
        return replace(
            self,
            epochs=least,
            warmup_epochs=self.warmup_epochs * longer,
            decay_epochs=self.decay_epochs * longer,
        )

    def in_words(self) -> str:
        """Returns its length, optimizer and learning rate in words."""
        return (
            f"{self.epochs} epochs, batch size {self.batch_size}, {self.optimizer}, learning rate {self.lr:g}, "
            f"{self.schedule.replace('_', ' ')}"
        )

    def lr_factor(self, epoch: float) -> float:
        """Returns the learning rate divided by ``lr`` after a number of epochs, fractions included."""
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

    def make_optimizer(self, groups: list[dict[str, object]]) -> Optimizer:
        """Returns the optimizer of parameter groups, which ``parameter_groups`` makes."""
        if self.optimizer == "sgd":
            from torch.optim import SGD

            return SGD(groups, self.lr, self.momentum, nesterov=self.nesterov)
        from timm.optim.rmsprop_tf import RMSpropTF

        return RMSpropTF(groups, self.lr, self.rmsprop_decay, self.rmsprop_eps, momentum=self.momentum)

    def make_schedule(self, optimizer: Optimizer, steps_per_epoch: Callable[[], float]) -> LambdaLR:
        """Returns the schedule of the learning rate, as a function of the step only.

        The number of steps in an epoch is requested only after the first step. An earlier request would make the
        trainer set up its loader before a checkpoint is restored, and the loader's state would be lost.
        """
        from torch.optim.lr_scheduler import LambdaLR

        return LambdaLR(optimizer, lambda step: self.lr_factor(step / steps_per_epoch() if step else 0.0))

    def loss(self) -> nn.CrossEntropyLoss:
        from torch import nn

        return nn.CrossEntropyLoss(label_smoothing=self.label_smoothing)


def parameter_groups(parameters: Iterable[nn.Parameter], weight_decay: float, lr: float) -> list[dict[str, object]]:
    """Returns two groups: weights with decay, and biases and batch norms (at most one dimension) without decay."""
    weights: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for parameter in parameters:
        (weights if parameter.ndim > 1 else others).append(parameter)
    return [
        {"params": weights, "lr": lr, "weight_decay": weight_decay},
        {"params": others, "lr": lr, "weight_decay": 0.0},
    ]
