"""Trains a stand-alone network, from scratch or from given weights."""

from collections.abc import Collection, Mapping
from math import ceil
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from mobilenas.files.tensors import fill
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops.modules import set_drop_path
from mobilenas.task.learner import learner_of
from mobilenas.training.groups import groups_of
from mobilenas.training.recipe import Recipe
from mobilenas.training.teacher import Teacher, teaching_loss


class Retrain(pl.LightningModule):
    """A network and the recipe of its training.

    Args:
        spec: the network's description
        recipe: the recipe that trains its weights
        begin: the tensors that it begins with, by the names of its module; with None it begins with new ones
        new: names of those of these tensors that are new, the last layer's; they may train alone first
        teacher: the network that teaches it

    Raises:
        ValueError: the tensors are those of another network, or the teacher has other classes or another task
    """

    def __init__(
        self,
        spec: NetworkSpec,
        recipe: Recipe,
        begin: Mapping[str, Tensor] | None = None,
        new: Collection[str] = (),
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__()
        network = spec.build().to(memory_format=torch.channels_last)
        if begin is not None:
            fill(network, begin, f"The beginning of {spec.name}")
        if teacher and spec.head:
            raise ValueError(f"A teacher is for classification, and {spec.name} has the head {spec.head.name}.")
        if teacher:
            teacher.check(spec.classes)
        set_drop_path(network, recipe.drop_path)
        self.network = self.learning(network, spec)
        self.spec, self.recipe, self.teacher = spec, recipe, teacher
        self.learner = learner_of(spec, recipe.label_smoothing)
        self._begins, self._new = begin is not None, frozenset(new)

    def forward(self, images: Tensor) -> Any:
        """Returns logits ``(N, classes)`` of images ``(N, 3, H, W)``, or the outputs of the network's head."""
        return self.network(images.contiguous(memory_format=torch.channels_last))

    def learning(self, network: nn.Sequential, spec: NetworkSpec) -> nn.Module:
        """Returns what learns instead of the network, whose weights it holds: here the network itself."""
        return network

    def plain_network(self) -> nn.Sequential:
        """Returns the network with its trained weights, in eval mode."""
        assert isinstance(self.network, nn.Sequential)
        return self.network.float().eval()

    def on_fit_start(self) -> None:
        if self.teacher:
            self.teacher.network.to(self.device)

    def on_train_batch_start(self, batch: object, batch_idx: int) -> None:
        """Freezes whatever does not learn in this step, which only the number of the step decides."""
        frozen = self._begins and self.recipe.norm_statistics == "frozen"
        if not (self._new or frozen):
            return
        alone = bool(self._new) and self.global_step < self.recipe.head_epochs * self._steps_per_epoch()
        for name, weight in self.network.named_parameters():
            weight.requires_grad_(not alone or name in self._new)
        moved = not alone and not frozen
        for part in self.network.modules():
            if isinstance(part, nn.BatchNorm2d | nn.SyncBatchNorm):
                part.train(moved)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        images, targets = batch
        outputs = self(images)
        loss = self._loss(images, outputs, targets)
        self.log_dict({"train_loss": loss} | self.learner.logged(outputs, targets))
        return loss

    def _loss(self, images: Tensor, outputs: Any, targets: Tensor) -> Tensor:
        loss = self.learner.loss(outputs, targets)
        if not self.teacher:
            return loss
        weight, temperature = self.recipe.teacher_weight, self.recipe.teacher_temperature
        return (1 - weight) * loss + weight * teaching_loss(outputs, self.teacher.logits(images), temperature)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        recipe = self.recipe
        stage_lr = recipe.stage_lr if self._begins else 1.0
        optimizer = recipe.make_optimizer(groups_of(self.spec, self.network, recipe, stage_lr))
        schedule = recipe.make_schedule(optimizer, self._steps_per_epoch)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _steps_per_epoch(self) -> int:
        """Returns the number of steps, each of the gradients of some batches; the last step may have fewer."""
        return ceil(self.trainer.num_training_batches / self.trainer.accumulate_grad_batches)
