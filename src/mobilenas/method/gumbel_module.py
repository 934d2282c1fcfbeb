"""FBNet's training: steps of the weights, then of the architecture parameters, under masks (Sec. 3.3)."""

from collections.abc import Sequence
from math import exp

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, gumbel_softmax
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.data import Turns
from mobilenas.hardware import ExpectedLatency
from mobilenas.method.architecture import ArchitectureParameters, LatencyHistory
from mobilenas.method.gumbel import Gumbel
from mobilenas.method.search_loss import SearchLoss
from mobilenas.method.searching import SearchingMethod
from mobilenas.objective import Loss
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet import BinaryGates, Selection, Supernet, Weighted
from mobilenas.training.channels_last import channels_last
from mobilenas.training.recipe import Recipe


class GumbelModule(SearchingMethod):
    r"""Takes, in each epoch, steps of the weights, then of the architecture parameters on other images (Sec. 4.1).

    .. math::
        m_{l,i} = \frac{\exp[(\theta_{l,i} + g_{l,i})/\tau]}{\sum_i \exp[(\theta_{l,i} + g_{l,i})/\tau]}
        \qquad \text{(Eq. 8)}

    A step draws one mask for each choice block. The mask mixes the candidates, and it also weighs the sum of their
    latencies (Eq. 9). Both kinds of steps minimize the same objective.

    Args:
        space: the space of the supernet
        recipe: the recipe that trains its weights
        latency: the latency of the space on the device
        turns: the loader of both splits
        settings: the settings of the method

    Raises:
        ValueError: the recipe keeps a moving average or has too few epochs, or the objective is not defined for such a
            latency
    """

    def __init__(
        self, space: LayerwiseSpace, recipe: Recipe, latency: ExpectedLatency, turns: Turns, settings: Gumbel
    ) -> None:
        super().__init__()
        settings.check(recipe)
        settings.objective.check(latency.fastest_ms)
        assert isinstance(settings.objective, Loss)
        self.automatic_optimization = False
        self.supernet = Supernet(space).to(memory_format=torch.channels_last)
        self.architecture = ArchitectureParameters(space.options, std=0.0)
        self.history = LatencyHistory(latency)
        self._recipe, self._loss, self._latency, self._turns = recipe, recipe.loss(), latency, turns
        self.objective, self._settings = SearchLoss(settings.objective), settings

    @property
    def temperature(self) -> float:
        r""":math:`\tau` of this epoch."""
        settings = self._settings
        return settings.temperature * exp(-settings.temperature_decay * self.current_epoch / self._recipe.epochs)

    def on_train_start(self) -> None:
        if self.trainer.num_training_batches != len(self._turns):
            raise ValueError(
                f"gumbel: an epoch needs all its {len(self._turns)} batches, because the last ones train the"
                f" architecture, but the trainer takes {self.trainer.num_training_batches}: leave out"
                " trainer.limit_train_batches."
            )

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        if batch_idx < self._turns.lengths[0]:
            self.step_weights(*batch)
        elif self.current_epoch >= self._settings.warmup_share * self._recipe.epochs:
            self.step_architecture(*batch)

    def step_weights(self, images: Tensor, labels: Tensor) -> None:
        """Updates the weights once; architecture parameters do not change."""
        self.update_weights(self.weight_loss(images, labels))

    def weight_loss(self, images: Tensor, labels: Tensor) -> Tensor:
        """Returns a scalar that is differentiable by the weights; newly drawn masks mix the outputs."""
        masks = [mask.detach() for mask in self.masks()]
        choices: list[Selection] = [int(mask.argmax()) if self._settings.hard else Weighted(mask) for mask in masks]
        loss = self._loss(self.supernet(channels_last(images), choices), labels)
        return self.objective.loss(loss, self._latency(masks))

    def step_architecture(self, images: Tensor, labels: Tensor) -> None:
        """Updates the architecture parameters once; weights and batch-norm statistics do not change."""
        self.update_architecture(lambda: self.architecture_loss(images, labels))
        self.objective.settle(self._latency.of(self.architecture.most_probable()))

    def architecture_loss(self, images: Tensor, labels: Tensor) -> Tensor:
        """Returns a scalar that is differentiable by the architecture parameters, through newly drawn masks."""
        masks = self.masks()
        logits = self.supernet(
            channels_last(images), [_gates(mask) if self._settings.hard else Weighted(mask) for mask in masks]
        )
        return self.objective.loss(cross_entropy(logits, labels), self._latency(masks))

    def masks(self) -> list[Tensor]:
        """Draws one mask for each choice block, ``(candidates,)``; hard masks are 0 and 1."""
        return [gumbel_softmax(alpha, self.temperature, self._settings.hard) for alpha in self.architecture.alphas]

    def on_train_epoch_end(self) -> None:
        super().on_train_epoch_end()
        self.log_dict({"temperature": self.temperature} | self.objective.figures)

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        lr, weight_decay = self._settings.lr, self._settings.weight_decay
        architecture = torch.optim.Adam(self.architecture.parameters(), lr, weight_decay=weight_decay)
        return self.both_optimizers(self._recipe, architecture, lambda: self._turns.lengths[0])


def _gates(mask: Tensor) -> BinaryGates:
    options: Sequence[int] = range(len(mask))
    return BinaryGates(mask, options, int(mask.argmax()))
