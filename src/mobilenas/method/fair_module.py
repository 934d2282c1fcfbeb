"""The training of strict fairness: one update for all paths of a step (MoGA Sec. 4.2)."""

import numpy as np
import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.method.fair import Fair, fair_paths
from mobilenas.method.supernet_method import SupernetMethod
from mobilenas.ops import zero_init_residuals
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet import Supernet
from mobilenas.training.recipe import Recipe, parameter_groups


class FairModule(SupernetMethod):
    """Each optimizer step sums the gradients of the step's paths, then updates once.

    Args:
        space: whose supernet is trained
        recipe: how its weights are trained
        seed: of the paths; those of a step depend on the seed and the step alone
        settings: of the method
    """

    def __init__(self, space: LayerwiseSpace, recipe: Recipe, seed: int, settings: Fair) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.supernet = Supernet(space).to(memory_format=torch.channels_last)
        self.loss = recipe.loss()
        self._recipe, self._seed, self._shared_lr = recipe, seed, settings.shared_lr
        if settings.zero_init:
            zero_init_residuals(self.supernet)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        images = images.contiguous(memory_format=torch.channels_last)
        optimizer, schedule = self.optimizers(), self.lr_schedulers()
        assert isinstance(optimizer, LightningOptimizer) and isinstance(schedule, LambdaLR)
        optimizer.zero_grad()
        paths = fair_paths(self.supernet.space.options, np.random.default_rng([self._seed, self.global_step]))
        losses = []
        for path in paths:
            loss = self.loss(self.supernet(images, path), labels)
            self.manual_backward(loss)
            losses.append(loss.detach())
        optimizer.step()
        schedule.step()
        self.log("train_loss", torch.stack(losses).mean())

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        recipe = self._recipe
        groups = parameter_groups(self.supernet.candidate_parameters(), recipe.weight_decay, recipe.lr)
        groups += parameter_groups(self.supernet.shared_parameters(), recipe.weight_decay, recipe.lr * self._shared_lr)
        optimizer = recipe.make_optimizer(groups)
        return [optimizer], [recipe.make_schedule(optimizer, lambda: self.trainer.num_training_batches)]
