"""Logs of training metrics."""

from __future__ import annotations

import logging
import warnings
from abc import ABC, abstractmethod
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.settings import settings

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger

SUBPACKAGES = ("accelerators", "callbacks", "core", "loggers", "loops", "plugins", "strategies", "trainer", "utilities")
"""Of Lightning, that have messages for the user."""


def quiet_lightning() -> None:
    """Makes Lightning print only errors, because this project's progress bars show its progress.

    The import of Lightning sets the level of the package's logger, which would undo this. The levels of the
    subpackages' loggers stay.
    """
    for package, part in product(("pytorch_lightning", "lightning_fabric"), SUBPACKAGES):
        logging.getLogger(f"{package}.{part}").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")


@settings
class Log(ABC):
    """The log of the metrics of all trainings."""

    def check(self) -> None:
        """Raises ValueError if the log cannot be opened, before any work."""

    @abstractmethod
    def open(self, folder: Path, name: str) -> Logger:
        """Opens the log of one training.

        Args:
            folder: the training's folder
            name: name of the training
        """


@settings
class CsvLog(Log):
    """A CSV log, ``<folder>/logs/metrics.csv``, in which a training that goes on continues."""

    def open(self, folder: Path, name: str) -> Logger:
        from mobilenas.training.metrics_log import MetricsLog

        return MetricsLog(folder, name)
