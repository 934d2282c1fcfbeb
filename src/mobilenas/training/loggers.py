"""Where training metrics go."""

from __future__ import annotations

import logging
import os
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
    """Lightning says nothing but errors; our own progress bars tell what it does.

    Its import sets the level of the package's own logger, which would undo this; those of the subpackages stay.
    """
    for package, part in product(("pytorch_lightning", "lightning_fabric"), SUBPACKAGES):
        logging.getLogger(f"{package}.{part}").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")


@settings
class Log(ABC):
    """Where the metrics of all trainings go."""

    @abstractmethod
    def open(self, folder: Path, name: str) -> Logger:
        """The log of one training.

        Args:
            folder: the training's
            name: of the training
        """


@settings
class CsvLog(Log):
    """``<folder>/logs/version_<n>/metrics.csv``, a version each time a fit is begun or continued."""

    def open(self, folder: Path, name: str) -> Logger:
        from pytorch_lightning.loggers import CSVLogger

        return CSVLogger(folder, name="logs")


@settings
class WandbLog(Log):
    """Weights & Biases, one W&B run a training, continued under the same id.

    The W&B run is named by the folder above the training's that holds a run's config.yaml.

    Args:
        project: in W&B
        offline: keep the logs here; by default when there is no WANDB_API_KEY
    """

    project: str = "mobilenas"
    offline: bool | None = None

    def open(self, folder: Path, name: str) -> Logger:
        from pytorch_lightning.loggers import WandbLogger

        offline = "WANDB_API_KEY" not in os.environ if self.offline is None else self.offline
        above = folder.resolve().parents
        owner = next((place for place in above if (place / "config.yaml").exists()), above[0])
        run = f"{owner.name}-{name}".replace(" ", "-")
        return WandbLogger(run, folder, offline=offline, id=run, project=self.project, resume="allow", log_model=False)


def close(logger: Logger | None) -> None:
    """End a training's log, so that the next training of the process has one of its own."""
    from pytorch_lightning.loggers import WandbLogger

    if isinstance(logger, WandbLogger):
        logger.experiment.finish()
