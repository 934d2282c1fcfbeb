"""What every supernet method is, and what the ones that search hand on."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.recipe import Recipe
from mobilenas.supernet import Supernet

Batches = Callable[[int], Iterator[tuple[Tensor, Tensor]]]
"""The shuffled batches of a split without end, from the one of that number on."""


class SupernetMethod(pl.LightningModule):
    """Trains a supernet.

    A method that also learns the architecture names among its constructor's arguments what it is to be given:
    ``latency``, expected over the space; ``batches`` of the split that steers the search; or ``turns``, the loader that
    each epoch hands out the training split and then the steering split.
    """

    supernet: Supernet

    @classmethod
    def check(cls, recipe: Recipe, settings: Mapping[str, Any]) -> None:
        """Raise ValueError for settings of the constructor that cannot work, before anything is measured for it."""

    def learned(self) -> Mapping[str, object]:
        """What was learned beside the weights, by name, as plain values."""
        return {}

    def own_optimizers(self) -> list[LightningOptimizer]:
        """Those of the weights and of the architecture parameters."""
        optimizers = self.optimizers()
        assert isinstance(optimizers, list)
        return optimizers

    def update_weights(self, loss: Tensor) -> None:
        """One step of the weights' optimizer, the first one, and of its schedule."""
        optimizer, schedule = self.own_optimizers()[0], self.lr_schedulers()
        assert isinstance(schedule, LambdaLR)
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()
        schedule.step()
        self.log("train_loss", loss.detach())


def channels_last(images: Tensor) -> Tensor:
    """The same images in the memory format in which convolutions are fastest."""
    return images.contiguous(memory_format=torch.channels_last)


def refuse_average(method: str, recipe: Recipe) -> None:
    """Raise ValueError for a recipe that keeps a moving average."""
    if recipe.ema_decay is not None:
        raise ValueError(
            f"{method}: a moving average would mix the architecture parameters of many steps: set"
            " supernet_recipe.ema_decay=null."
        )
