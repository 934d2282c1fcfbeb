"""Trains a stand-alone network from scratch."""

from math import ceil

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torchmetrics.functional import accuracy

from mobilenas.network.spec import NetworkSpec
from mobilenas.ops.modules import set_drop_path
from mobilenas.training.recipe import Recipe, parameter_groups


class Retrain(pl.LightningModule):
    """A network and the recipe of its training.

    Args:
        spec: the network's description
        recipe: the recipe that trains its weights
    """

    def __init__(self, spec: NetworkSpec, recipe: Recipe) -> None:
        super().__init__()
        self.network = spec.build().to(memory_format=torch.channels_last)
        set_drop_path(self.network, recipe.drop_path)
        self.recipe = recipe
        self.classes = spec.classes
        self.loss = recipe.loss()
        self._tops = [k for k in (1, 5) if k < spec.classes]

    def forward(self, images: Tensor) -> Tensor:
        """Returns logits ``(N, classes)`` of images ``(N, 3, H, W)``."""
        logits: Tensor = self.network(images.contiguous(memory_format=torch.channels_last))
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        images, labels = batch
        logits = self(images)
        loss: Tensor = self.loss(logits, labels)
        self.log_dict({"train_loss": loss} | {f"train_top{k}": self._top(k, logits, labels) for k in self._tops})
        return loss

    def _top(self, k: int, logits: Tensor, labels: Tensor) -> Tensor:
        return accuracy(logits, labels, "multiclass", num_classes=self.classes, average="micro", top_k=k)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        recipe = self.recipe
        optimizer = recipe.make_optimizer(parameter_groups(self.parameters(), recipe.weight_decay, recipe.lr))
        schedule = recipe.make_schedule(optimizer, self._steps_per_epoch)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _steps_per_epoch(self) -> int:
        """Returns the number of steps, each of the gradients of some batches; the last step may have fewer."""
        return ceil(self.trainer.num_training_batches / self.trainer.accumulate_grad_batches)
