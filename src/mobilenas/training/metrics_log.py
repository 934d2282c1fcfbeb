"""Lightning's logger of one training: a history beside the checkpoints, and a further destination."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from mobilenas.training.history import History, Logged

log = logging.getLogger(__name__)


class Destination(ABC):
    """A further destination of the metrics."""

    @abstractmethod
    def begin(self, rows: Sequence[Logged]) -> None:
        """Opens it.

        Args:
            rows: what was logged of the training before
        """

    @abstractmethod
    def add(self, step: int, metrics: Mapping[str, float]) -> None:
        """Adds the metrics of a step."""

    @abstractmethod
    def end(self, complete: bool) -> None:
        """Closes it; the training is complete, or it was stopped or failed."""


class MetricsLog(Logger):
    """Logs the metrics of one training; an error of the log is a warning, because the training can go on without it.

    Args:
        folder: the training's folder
        title: the name of the training
        place: a further destination of the metrics
    """

    def __init__(self, folder: Path, title: str, place: Destination | None = None) -> None:
        super().__init__()
        self._folder = folder
        self._history, self._title, self._place = History(folder / "logs" / "metrics.csv"), title, place
        self._working: list[History | Destination] = [self._history, *([place] if place else [])]
        self._begun = False

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
        step = step or 0
        self._begin(step)
        for part in tuple(self._working):
            with self._spared(part):
                part.add(step, metrics)

    @rank_zero_only
    def log_hyperparams(self, *settings: object, **more: object) -> None:
        """Does nothing, because the settings of the whole run are in its folder."""

    @rank_zero_only
    def finalize(self, status: str) -> None:
        complete = status == "success"
        if complete:
            self._begin(None)
        if self._begun and self._place in self._working:
            with self._spared(self._place):
                self._place.end(complete)

    def _begin(self, step: int | None) -> None:
        if self._begun:
            return
        self._begun, rows = True, list[Logged]()
        with self._spared(self._history):
            rows = self._history.go_on(step)
        if self._place:
            with self._spared(self._place):
                self._place.begin(rows)

    @contextmanager
    def _spared(self, part: History | Destination) -> Iterator[None]:
        """Warns about an error of a part of the log, and leaves out this part from then on."""
        try:
            yield
        except Exception as error:  # of a disk, a server or a library: none of them is a reason to end a training
            self._working.remove(part)
            reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
            log.warning("%s: its metrics cannot be logged any more (%s); the training goes on.", self._title, reason)
