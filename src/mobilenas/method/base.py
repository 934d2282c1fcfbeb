"""What every supernet method is, and what the ones that search hand on."""

from collections.abc import Callable, Iterator, Mapping

import pytorch_lightning as pl
from torch import Tensor

from mobilenas.supernet import Supernet

Batches = Callable[[int], Iterator[tuple[Tensor, Tensor]]]
"""The shuffled batches of a split without end, from the one of that number on."""


class SupernetMethod(pl.LightningModule):
    """Trains a supernet.

    A method that also learns the architecture names ``latency`` or ``batches`` among its constructor's arguments, and
    is given the expected latency of the space, or batches of the split that steers the search.
    """

    supernet: Supernet

    def learned(self) -> Mapping[str, object]:
        """What was learned beside the weights, by name, as plain values."""
        return {}
