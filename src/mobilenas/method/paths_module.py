"""Trains on paths that are drawn for each step, with one update for all of them."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.method.side_by_side import SideBySide
from mobilenas.method.supernet_method import SupernetMethod
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet import Supernet
from mobilenas.training.channels_last import channels_last
from mobilenas.training.recipe import Recipe, parameter_groups

DrawPaths = Callable[[Sequence[int], np.random.Generator], NDArray[np.int64]]
"""Draws the paths of a step, ``(paths, choice blocks)``, from the number of candidates of each choice block."""


class PathsModule(SupernetMethod):
    """Sums, in each optimizer step, the gradients of the step's paths, then updates once.

    Args:
        space: the space of the supernet
        recipe: the recipe that trains its weights
        seed: seed of the paths; the paths of a step depend only on the seed and the step
        draw: draws the paths of a step
        shared_lr: learning rate of the stem, head and other fixed layers, divided by that of the candidates
        side_by_side: whether the paths of a step run at once
    """

    def __init__(
        self,
        space: LayerwiseSpace,
        recipe: Recipe,
        seed: int,
        draw: DrawPaths,
        shared_lr: float = 1.0,
        side_by_side: bool = False,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.supernet = Supernet(space).to(memory_format=torch.channels_last)
        self.loss = recipe.loss()
        self._recipe, self._seed, self._draw, self._shared_lr = recipe, seed, draw, shared_lr
        self._together = SideBySide(self.supernet, self.loss, self.manual_backward) if side_by_side else None

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = channels_last(batch[0]), batch[1]
        optimizer, schedule = self.optimizers(), self.lr_schedulers()
        assert isinstance(optimizer, LightningOptimizer) and isinstance(schedule, LambdaLR)
        optimizer.zero_grad()
        paths = self._draw(self.supernet.space.options, np.random.default_rng([self._seed, self.global_step]))
        losses = (self._together.gradients if self._together else self._one_by_one)(images, labels, paths)
        optimizer.step()
        schedule.step()
        self.log("train_loss", losses.mean())

    def losses(self, images: Tensor, labels: Tensor, paths: NDArray[np.int64]) -> Iterator[Tensor]:
        """Yields the loss of each path, a differentiable scalar; the graph of one is freed before the next is built."""
        for path in paths:
            yield self.loss(self.supernet(images, path), labels)

    def _one_by_one(self, images: Tensor, labels: Tensor, paths: NDArray[np.int64]) -> Tensor:
        """Sets the weights' gradients to the sum of those of all paths, and returns the losses, ``(paths,)``."""
        losses = []
        for loss in self.losses(images, labels, paths):
            self.manual_backward(loss)
            losses.append(loss.detach())
        return torch.stack(losses)

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        recipe = self._recipe
        groups = parameter_groups(self.supernet.candidate_parameters(), recipe.weight_decay, recipe.lr)
        groups += parameter_groups(self.supernet.shared_parameters(), recipe.weight_decay, recipe.lr * self._shared_lr)
        optimizer = recipe.make_optimizer(groups)
        return [optimizer], [recipe.make_schedule(optimizer, lambda: self.trainer.num_training_batches)]
