"""What every module that trains a supernet is, and what it hands on."""

from collections.abc import Mapping

import pytorch_lightning as pl

from mobilenas.supernet import Supernet


class SupernetMethod(pl.LightningModule):
    """Trains a supernet."""

    supernet: Supernet

    def learned(self) -> Mapping[str, object]:
        """What was learned beside the weights, by name, as plain values."""
        return {}
