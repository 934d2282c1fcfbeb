"""ProxylessNAS's training: steps of the weights and of the architecture parameters in turns (Sec. 3)."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.hardware import ExpectedLatency
from mobilenas.method.architecture import ArchitectureParameters, LatencyHistory
from mobilenas.method.base import Batches
from mobilenas.method.binarized import Binarized
from mobilenas.method.draw import Draw
from mobilenas.method.rules import BinaryPaths, Reinforce, UpdateRule
from mobilenas.method.searching import SearchingMethod
from mobilenas.objective import Reward
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet import Supernet
from mobilenas.training.channels_last import channels_last
from mobilenas.training.recipe import Recipe


class BinarizedModule(SearchingMethod):
    """Takes steps of the weights on sampled paths, and of the architecture parameters on other images, in turns.

    Args:
        space: the space of the supernet
        recipe: the recipe that trains its weights
        latency: the latency of the space on the device
        batches: batches of the images that architecture steps see
        settings: the settings of the method

    Raises:
        ValueError: the recipe keeps a moving average, or the objective is not defined for such a latency
    """

    architecture_steps: Tensor

    def __init__(
        self, space: LayerwiseSpace, recipe: Recipe, latency: ExpectedLatency, batches: Batches, settings: Binarized
    ) -> None:
        super().__init__()
        settings.check(recipe)
        self.automatic_optimization = False
        self.supernet = Supernet(space).to(memory_format=torch.channels_last)
        self.architecture = ArchitectureParameters(space.options, settings.std)
        self.rule = _make_rule(settings, latency)
        self.register_buffer("architecture_steps", torch.zeros((), dtype=torch.int64))
        self.history = LatencyHistory(latency)
        self._recipe, self._loss, self._batches, self._settings = recipe, recipe.loss(), batches, settings

    def on_train_start(self) -> None:
        self._search: Iterator[tuple[Tensor, Tensor]] = self._batches(int(self.architecture_steps))

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.step_weights(*batch)
        steps = self.current_epoch * self.trainer.num_training_batches + batch_idx + 1
        warmup_epochs = self._settings.warmup_share * self._recipe.epochs
        warm = steps > warmup_epochs * self.trainer.num_training_batches
        if warm and steps % self._settings.weight_steps == 0:
            images, labels = next(self._search)
            precision = self.architecture.alphas[0].dtype
            self.step_architecture(images.to(self.device, precision), labels.to(self.device))

    def step_weights(self, images: Tensor, labels: Tensor) -> None:
        """Updates the weights once along a sampled path; architecture parameters do not change."""
        self.update_weights(self._loss(self.supernet(channels_last(images), self.architecture.sample()), labels))

    def step_architecture(self, images: Tensor, labels: Tensor) -> None:
        """Updates the architecture parameters once; weights do not change."""
        before = [alpha.detach().clone() for alpha in self.architecture.alphas]
        self.update_architecture(
            lambda: self.rule.loss(self.supernet, self.architecture, channels_last(images), labels),
            self._settings.move_statistics,
        )
        self.rule.settle(self.architecture, before)
        self.architecture_steps += 1

    def on_train_epoch_end(self) -> None:
        super().on_train_epoch_end()
        self.log_dict(self.rule.figures)

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        first, second = map(float, self._settings.betas)
        architecture = torch.optim.Adam(self.architecture.parameters(), self._settings.lr, (first, second))
        return self.both_optimizers(self._recipe, architecture, lambda: self.trainer.num_training_batches)


def _make_rule(settings: Binarized, latency: ExpectedLatency) -> UpdateRule:
    objective = settings.objective
    objective.check(latency.fastest_ms)
    if isinstance(objective, Reward):
        return Reinforce(objective, latency, settings.samples, settings.baseline_rate)
    return BinaryPaths(Draw.two if settings.rule == "two_path" else Draw.all, objective, latency)
