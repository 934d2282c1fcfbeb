"""The interface of modules that train a supernet."""

from collections.abc import Mapping

import pytorch_lightning as pl
import torch
from torch import Tensor

from mobilenas.supernet import Supernet
from mobilenas.training.channels_last import channels_last


class SupernetMethod(pl.LightningModule):
    """Trains a supernet."""

    supernet: Supernet

    def forward(self, images: Tensor) -> Tensor:
        """Returns the logits of paths that together run every candidate, ``(paths, N, classes)``."""
        counts = self.supernet.space.options
        paths = [[min(option, count - 1) for count in counts] for option in range(max(counts))]
        return torch.stack([self.supernet(channels_last(images), path) for path in paths])

    def learned(self) -> Mapping[str, object]:
        """Returns the things that were learned besides the weights, by name, as plain values."""
        return {}
