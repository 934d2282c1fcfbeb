"""Where training metrics go."""

import logging
import os
import warnings
from pathlib import Path

from pytorch_lightning.loggers import CSVLogger, Logger, WandbLogger


def quiet_lightning() -> None:
    """Leave Lightning its errors alone; of what it does our own progress tells."""
    for name in ("pytorch_lightning", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")


def csv_logger(folder: Path, name: str) -> Logger:
    """``<folder>/logs/version_<n>/metrics.csv``, a version each time a fit is begun or continued."""
    return CSVLogger(folder, name="logs")


def wandb_logger(folder: Path, name: str, project: str = "mobilenas", offline: bool | None = None) -> Logger:
    """Weights & Biases, one W&B run a training, continued under the same id.

    Args:
        folder: the training's; the W&B run is named by the folder above it that holds a run's config.yaml
        name: of the training
        project: in W&B
        offline: keep the logs here; by default when there is no WANDB_API_KEY
    """
    offline = "WANDB_API_KEY" not in os.environ if offline is None else offline
    above = folder.resolve().parents
    owner = next((place for place in above if (place / "config.yaml").exists()), above[0])
    run = f"{owner.name}-{name}".replace(" ", "-")
    return WandbLogger(run, folder, offline=offline, id=run, project=project, resume="allow", log_model=False)


def close(logger: Logger | None) -> None:
    """End a training's log, so that the next training of the process has one of its own."""
    if isinstance(logger, WandbLogger):
        logger.experiment.finish()
