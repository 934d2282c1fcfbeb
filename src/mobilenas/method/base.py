"""What every supernet method is, and what the ones that search hand on."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytorch_lightning as pl
from torch import Tensor

from mobilenas.supernet import Supernet
from mobilenas.training.recipe import Recipe

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
