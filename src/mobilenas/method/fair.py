"""Strictly fair supernet training, as MoGA takes it from FairNAS (Sec. 4.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.method.base import SupernetMethod
from mobilenas.ops.modules import zero_init_residuals
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet import Supernet
from mobilenas.training.recipe import Recipe, parameter_groups


def fair_paths(options: Sequence[int], rng: np.random.Generator) -> NDArray[np.int64]:
    """As many paths as the largest choice block has candidates, which together use every candidate.

    Each layer's column is a random permutation of its candidates: each is used exactly once. A layer with fewer
    candidates than the largest goes on with further permutations, so that their uses differ by at most one.

    Args:
        options: number of candidates of each choice block
        rng: draws the permutations

    Returns:
        ``(paths, choice blocks)``
    """
    paths = max(options)
    columns = [np.concatenate([rng.permutation(count) for _ in range(-(-paths // count))])[:paths] for count in options]
    return np.stack(columns, axis=1)


class Fair(SupernetMethod):
    """Each optimizer step sums the gradients of as many sub-networks as there are candidates, then updates once.

    Args:
        space: whose supernet is trained
        recipe: how its weights are trained
        seed: of the paths; those of a step depend on the seed and the step alone
        shared_lr: learning rate of the stem, head and other fixed layers over that of the candidates; every
            sub-network adds to their gradient, so 1 / candidates makes their step that of the mean
        zero_init: residual blocks start as the identity
    """

    def __init__(
        self, space: LayerwiseSpace, recipe: Recipe, seed: int, shared_lr: float = 1.0, zero_init: bool = False
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.supernet = Supernet(space).to(memory_format=torch.channels_last)
        self.recipe = recipe
        self.seed = seed
        self.shared_lr = shared_lr
        self.loss = recipe.loss()
        if zero_init:
            zero_init_residuals(self.supernet)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        images = images.contiguous(memory_format=torch.channels_last)
        optimizer, schedule = self.optimizers(), self.lr_schedulers()
        assert isinstance(optimizer, LightningOptimizer) and isinstance(schedule, LambdaLR)
        optimizer.zero_grad()
        paths = fair_paths(self.supernet.space.options, np.random.default_rng([self.seed, self.global_step]))
        losses = []
        for path in paths:
            loss = self.loss(self.supernet(images, path), labels)
            self.manual_backward(loss)
            losses.append(loss.detach())
        optimizer.step()
        schedule.step()
        self.log("train_loss", torch.stack(losses).mean())

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        recipe = self.recipe
        groups = parameter_groups(self.supernet.candidate_parameters(), recipe.weight_decay, recipe.lr)
        groups += parameter_groups(self.supernet.shared_parameters(), recipe.weight_decay, recipe.lr * self.shared_lr)
        optimizer = recipe.make_optimizer(groups)
        return [optimizer], [recipe.make_schedule(optimizer, lambda: self.trainer.num_training_batches)]
