"""Lightning's logger of one training, which hands the metrics on to the record of the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only


class Adds(Protocol):
    """Takes the metrics of a training by step."""

    def add(self, step: int, values: Mapping[str, float]) -> None: ...

    def end(self) -> None: ...


class MetricsLog(Logger):
    """Logs the metrics of one training, in one process if several train.

    Args:
        folder: the training's folder
        title: the name of the training
        series: its metrics by step
    """

    def __init__(self, folder: Path, title: str, series: Adds) -> None:
        super().__init__()
        self._folder, self._title, self._series = folder, title, series

    @property
    def name(self) -> str:
        return self._title

    @property
    def save_dir(self) -> str:
        return str(self._folder)

    @property
    def version(self) -> int:
        return 0

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self._series.add(step or 0, metrics)

    @rank_zero_only
    def log_hyperparams(self, *settings: object, **more: object) -> None:
        """Does nothing, because the settings of the whole run are in its folder."""

    @rank_zero_only
    def finalize(self, status: str) -> None:
        if status == "success":
            self._series.end()
