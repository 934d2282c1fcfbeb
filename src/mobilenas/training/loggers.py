"""Logs of training metrics."""

from __future__ import annotations

import logging
import os
import warnings
from abc import ABC, abstractmethod
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.settings import NonEmpty, settings

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

    @abstractmethod
    def open(self, folder: Path, name: str) -> Logger:
        """Opens the log of one training.

        Args:
            folder: the training's folder
            name: name of the training
        """


@settings
class CsvLog(Log):
    """A CSV log, ``<folder>/logs/version_<n>/metrics.csv``, with one version each time a fit begins or continues."""

    def open(self, folder: Path, name: str) -> Logger:
        from pytorch_lightning.loggers import CSVLogger

        return CSVLogger(folder, name="logs")


@settings
class WandbLog(Log):
    """A log in Weights & Biases, with one W&B run for each training, which continues under the same id.

    The name of the W&B run is that of the run's folder, which holds config.yaml.

    Args:
        project: the project in W&B
        offline: whether the logs stay here; by default they do if WANDB_API_KEY is not set
    """

    project: NonEmpty = "mobilenas"
    offline: bool | None = None

    def __post_init__(self) -> None:
        if wrong := sorted(set(self.project) & set("/\\#?%:")):
            raise ValueError(
                f"WandbLog: project must not have any of / \\ # ? % :, which W&B refuses, but has {wrong[0]}."
            )
        if len(self.project) > 128:
            raise ValueError(f"WandbLog: project must have 128 letters or fewer, not {len(self.project)}.")

    def open(self, folder: Path, name: str) -> Logger:
        from pytorch_lightning.loggers import WandbLogger

        offline = "WANDB_API_KEY" not in os.environ if self.offline is None else self.offline
        above = folder.resolve().parents
        owner = next((place for place in above if (place / "config.yaml").exists()), above[0])
        run = f"{owner.name}-{name}".replace(" ", "-")
        return WandbLogger(run, folder, offline=offline, id=run, project=self.project, resume="allow", log_model=False)


def close(logger: Logger | None) -> None:
    """Closes a training's log, so that the next training of the process has its own."""
    from pytorch_lightning.loggers import WandbLogger

    if isinstance(logger, WandbLogger):
        logger.experiment.finish()
