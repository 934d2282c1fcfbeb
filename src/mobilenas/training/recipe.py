"""The recipe of a training: optimizer, learning rate over the epochs, and regularization, as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.settings import (
    Count,
    Factor,
    Fraction,
    NonEmpty,
    NonNegative,
    Positive,
    Probability,
    ProperShare,
    Share,
    settings,
)
from mobilenas.settings.words import counted
from mobilenas.training.schedule import lr_factor

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR


Schedule = Literal["cosine", "exponential", "steps", "one_cycle"]

OnNan = Literal["stop", "skip", "restore"]

OF_WEIGHTS = ("head_epochs", "stage_lr", "norm_statistics")
"""The settings that have an effect only if a training begins with trained weights."""

OF_NETWORKS = ("init", *OF_WEIGHTS, "keep_best", "teacher", "teacher_weight", "teacher_temperature")
"""The settings that have a meaning only for the training of a single network, and none for a supernet's."""


NO_WEIGHTS = (
    "recipe.init=given needs a network with weights, and there are none: add network=... and weights=..., or set"
    " recipe.init=auto."
)
"""Says that a recipe needs trained weights, and that none are given."""


@settings
class Recipe:
    """Settings of one training run.

    Args:
        epochs: number of passes over the training images; 0 trains nothing and keeps the weights that it begins with
        least_steps: with few images there are more epochs, so that the training has at least this number of steps; 0
            keeps the number of epochs
        batch_size: number of images in a step
        lr: the highest learning rate
        optimizer: ``sgd``, ``rmsprop`` as TensorFlow computes it, or ``adamw``
        momentum: momentum of the optimizer; the first beta of ``adamw``
        nesterov: Nesterov's momentum, only for ``sgd``
        weight_decay: L2 penalty on weights, not on biases and batch norms; ``adamw`` decouples it from the gradient
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
            computed from at the end; null keeps the running averages, which need some thousand steps. Frozen
            statistics are not computed
        on_nan: what happens at a step whose gradient is not finite: ``stop`` ends the run, ``skip`` leaves the step
            out, ``restore`` goes on from the last checkpoint at half the learning rate
        init: the weights that the training of a single network begins with: ``auto`` takes the given weights, or new
            ones if none are given; ``random`` takes new ones; ``given`` needs given weights; ``supernet`` takes those
            that a supernet has for a network that a search has found
        head_epochs: number of the first epochs in which a new last layer trains alone; the other weights and the
            statistics of batch norms stay as they are; it has no effect if the last layer is not new
        stage_lr: the learning rate of a stage, divided by that of the next stage; the earlier stages are the more
            general ones. A stage begins where the feature map becomes smaller. The head after the last block has the
            full rate
        norm_statistics: ``frozen`` keeps the statistics of batch norms that the training begins with; their scale and
            shift still learn
        keep_best: whether the split ``search`` is scored after each epoch, and the weights of the best epoch are kept;
            the networks that are chosen are then trained on ``train`` only
        teacher: a trained network of the same classes that teaches the network that is trained; null has none
        teacher_weight: the share of the teacher in the loss
        teacher_temperature: the temperature of the softmax in the teacher's part of the loss

    Raises:
        ValueError: a number or a name is out of its range, or two of them do not fit
    """

    epochs: Count
    batch_size: Positive
    lr: Factor
    optimizer: Literal["sgd", "rmsprop", "adamw"] = "sgd"
    momentum: Share = 0.9
    nesterov: bool = False
    weight_decay: NonNegative = 0.0
    schedule: Schedule = "cosine"
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
    init: Literal["auto", "random", "given", "supernet"] = "auto"
    head_epochs: NonNegative = 0.0
    stage_lr: Fraction = 1.0
    norm_statistics: Literal["moved", "frozen"] = "moved"
    keep_best: bool = False
    teacher: NonEmpty | None = None
    teacher_weight: Probability = 0.5
    teacher_temperature: Factor = 1.0

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
        if not self.epochs or least <= self.epochs:
            return self
        longer = least / self.epochs
        return replace(
            self,
            epochs=least,
            warmup_epochs=self.warmup_epochs * longer,
            decay_epochs=self.decay_epochs * longer,
            head_epochs=self.head_epochs * longer,
        )

    def changed(self, names: Iterable[str]) -> dict[str, object]:
        """Returns those of the named settings that have another value than by default."""
        default = {one.name: one.default for one in fields(self)}
        return {name: getattr(self, name) for name in names if getattr(self, name) != default[name]}

    def by_default(self, names: Iterable[str]) -> Recipe:
        """Returns the recipe with the named settings as they are by default."""
        default: dict[str, Any] = {one.name: one.default for one in fields(self)}
        return replace(self, **{name: default[name] for name in names})

    def in_words(self) -> str:
        """Returns its length, optimizer, learning rate and teacher in words."""
        if not self.epochs:
            return "no training"
        taught = f", taught by {self.teacher} with weight {self.teacher_weight:g}" if self.teacher else ""
        epochs = counted(self.epochs, "epoch")
        return (
            f"{epochs}, batch size {self.batch_size}, {self.optimizer}, learning rate {self.lr:g}, "
            f"{self.schedule.replace('_', ' ')}{taught}"
        )

    def lr_factor(self, epoch: float) -> float:
        """Returns the learning rate divided by ``lr`` after a number of epochs, fractions included."""
        return lr_factor(self, epoch)

    def make_optimizer(self, groups: list[dict[str, object]]) -> Optimizer:
        """Returns the optimizer of parameter groups, which ``parameter_groups`` makes."""
        if self.optimizer == "sgd":
            from torch.optim import SGD

            return SGD(groups, self.lr, self.momentum, nesterov=self.nesterov)
        if self.optimizer == "adamw":
            from torch.optim import AdamW

            return AdamW(groups, self.lr, (self.momentum, 0.999))
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
