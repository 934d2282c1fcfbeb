"""FBNet: all candidates at once, mixed by Gumbel-softmax masks whose distribution is learned (Sec. 3.3)."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, gumbel_softmax
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.data import Turns
from mobilenas.hardware import ExpectedLatency
from mobilenas.method.architecture import ArchitectureParameters, LatencyHistory
from mobilenas.method.searching import SearchingMethod, refuse_average
from mobilenas.objective import Loss
from mobilenas.ops.modules import zero_init_residuals
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings.checks import check_factor
from mobilenas.supernet import BinaryGates, Choice, Supernet, Weighted
from mobilenas.training.channels_last import channels_last
from mobilenas.training.recipe import Recipe


class Gumbel(SearchingMethod):
    r"""In each epoch steps of the weights, then of the architecture parameters on other images (Sec. 4.1).

    .. math::
        m_{l,i} = \frac{\exp[(\theta_{l,i} + g_{l,i})/\tau]}{\sum_i \exp[(\theta_{l,i} + g_{l,i})/\tau]}
        \qquad \text{(Eq. 8)}

    A step draws one mask a choice block; what it mixes the candidates by is also what their latencies are summed by
    (Eq. 9). Both kinds of steps minimize the same objective.

    Args:
        space: whose supernet is trained
        recipe: how its weights are trained
        latency: of the space on the device
        turns: the loader of both splits
        objective: from cross entropy and latency to the loss
        lr: learning rate of the architecture parameters' Adam
        weight_decay: L2 penalty on them
        temperature: :math:`\tau` in the first epoch
        temperature_decay: by the end of the search, the logarithm of how many times lower it is; it falls by as much
            in each epoch
        warmup_share: of the epochs, before the first architecture step
        hard: one candidate runs in place of the sum of all; the others run in the backward pass of architecture steps
            alone, for the mask's gradient (straight-through)
        zero_init: residual blocks start as the identity

    Raises:
        ValueError: a number is out of its range, the objective is a reward, or the recipe averages
    """

    def __init__(
        self,
        space: LayerwiseSpace,
        recipe: Recipe,
        latency: ExpectedLatency,
        turns: Turns,
        objective: Loss,
        lr: float,
        weight_decay: float,
        temperature: float,
        temperature_decay: float,
        warmup_share: float,
        hard: bool = False,
        zero_init: bool = False,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.check(
            recipe,
            {
                "objective": objective, "lr": lr, "weight_decay": weight_decay, "temperature": temperature,
                "temperature_decay": temperature_decay, "warmup_share": warmup_share,
            },
        )  # fmt: skip
        objective.check(latency.fastest_ms)
        self.supernet = Supernet(space).to(memory_format=torch.channels_last)
        self.architecture = ArchitectureParameters(space.options, std=0.0)
        self.history = LatencyHistory(latency)
        self._recipe, self._loss, self._latency, self._turns = recipe, recipe.loss(), latency, turns
        self._objective, self._lr, self._weight_decay = objective, lr, weight_decay
        self._temperature, self._decay = temperature, temperature_decay
        self._warmup_epochs = warmup_share * recipe.epochs
        self._hard = hard
        if zero_init:
            zero_init_residuals(self.supernet)

    @classmethod
    def check(cls, recipe: Recipe, settings: Mapping[str, Any]) -> None:
        refuse_average("gumbel", recipe)
        check_factor("gumbel", lr=settings["lr"], temperature=settings["temperature"])
        if not isinstance(settings["objective"], Loss):
            raise ValueError("Method gumbel minimizes a loss: add objective@method.objective=latency_log.")
        for name in ("weight_decay", "temperature_decay"):
            if not settings[name] >= 0:
                raise ValueError(f"gumbel: {name} must be 0 or more, not {settings[name]}.")
        if not 0 <= settings["warmup_share"] <= 1 - 1 / recipe.epochs:
            raise ValueError(
                f"gumbel: a warmup_share of {settings['warmup_share']} leaves none of {recipe.epochs} epochs to the"
                " architecture: set method.warmup_share lower, or supernet_recipe.epochs higher."
            )

    @property
    def temperature(self) -> float:
        r""":math:`\tau` of this epoch."""
        return self._temperature * exp(-self._decay * self.current_epoch / self._recipe.epochs)

    def on_train_start(self) -> None:
        if self.trainer.num_training_batches != len(self._turns):
            raise ValueError(
                f"gumbel: an epoch has {len(self._turns)} batches, its second turn the last ones, and the trainer takes"
                f" {self.trainer.num_training_batches}: leave out trainer.limit_train_batches."
            )

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        if batch_idx < self._turns.lengths[0]:
            self.step_weights(*batch)
        elif self.current_epoch >= self._warmup_epochs:
            self.step_architecture(*batch)

    def step_weights(self, images: Tensor, labels: Tensor) -> None:
        """One update of the weights; architecture parameters stay as they are."""
        self.update_weights(self.weight_loss(images, labels))

    def weight_loss(self, images: Tensor, labels: Tensor) -> Tensor:
        """A scalar, differentiable by the weights; fresh masks mix their outputs."""
        masks = [mask.detach() for mask in self.masks()]
        choices: list[Choice] = [int(mask.argmax()) if self._hard else Weighted(mask) for mask in masks]
        loss = self._loss(self.supernet(channels_last(images), choices), labels)
        return self._objective.loss(loss, self._latency(masks))

    def step_architecture(self, images: Tensor, labels: Tensor) -> None:
        """One update of the architecture parameters; weights and batch-norm statistics stay as they are."""
        self.update_architecture(lambda: self.architecture_loss(images, labels))

    def architecture_loss(self, images: Tensor, labels: Tensor) -> Tensor:
        """A scalar, differentiable by the architecture parameters through freshly drawn masks."""
        masks = self.masks()
        logits = self.supernet(
            channels_last(images), [_gates(mask) if self._hard else Weighted(mask) for mask in masks]
        )
        return self._objective.loss(cross_entropy(logits, labels), self._latency(masks))

    def masks(self) -> list[Tensor]:
        """One for each choice block, ``(candidates,)``; 0 and 1 where they are hard."""
        return [gumbel_softmax(alpha, self.temperature, self._hard) for alpha in self.architecture.alphas]

    def on_train_epoch_end(self) -> None:
        super().on_train_epoch_end()
        self.log("temperature", self.temperature)

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        architecture = torch.optim.Adam(self.architecture.parameters(), self._lr, weight_decay=self._weight_decay)
        return self.both_optimizers(self._recipe, architecture, lambda: self._turns.lengths[0])


def _gates(mask: Tensor) -> BinaryGates:
    options: Sequence[int] = range(len(mask))
    return BinaryGates(mask, options, int(mask.argmax()))
