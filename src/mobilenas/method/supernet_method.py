"""The interface of modules that train a supernet."""

from collections.abc import Mapping

import pytorch_lightning as pl

from mobilenas.supernet import Supernet


class SupernetMethod(pl.LightningModule):
    """Trains a supernet."""

    supernet: Supernet

    def learned(self) -> Mapping[str, object]:
        """Returns the things that were learned besides the weights, by name, as plain values."""
        return {}
