"""What the main process does with the messages of the workers of a training."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from mobilenas.tracking import Series
from mobilenas.training.checkpoint import write_checkpoint
from mobilenas.training.on_ray.messages import (
    Began,
    Ended,
    Failed,
    Message,
    NewCheckpoint,
    StepMetrics,
    Warned,
)
from mobilenas.training.step_bar import Reached, StepBar

log = logging.getLogger(__name__)

TELLS_S = 60.0
"""Seconds after which the user is told that no worker has begun; a start alone takes several seconds."""

FIRST_S = 2.0
"""Seconds in which the main process waits for an error of the first worker, after another worker had one."""


class RayDesk:
    """Shows the progress, logs the metrics, writes the checkpoints, and tells the warnings.

    Args:
        name: name of the bar
        last: path of the checkpoint
        series: takes the metrics

    Attributes:
        error: the error of a worker, that of the first worker if several have one
        failed_ranks: the numbers of the workers that sent an error, and whose processes therefore did not die
    """

    def __init__(self, name: str, last: Path, series: Series) -> None:
        self._name, self._last, self._series = name, last, series
        self._bar = StepBar(name)
        self._told: set[str] = set()
        self._due_at = 0.0
        self._tells_at = monotonic() + TELLS_S
        self.error: Exception | None = None
        self.failed_ranks: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def handle(self, messages: Iterable[Message]) -> None:
        """Handles messages in their order."""
        for one in messages:
            self._handle(one)
        if monotonic() > self._tells_at:
            self._tells_at = float("inf")
            log.info("%s: waits for room for its workers in Ray.", self._name)

    @property
    def error_is_due(self) -> bool:
        """Whether the error can be raised: it is the first worker's, or that worker has sent none in time."""
        return monotonic() > self._due_at

    def _handle(self, message: Message) -> None:
        if isinstance(message, Began):
            self._tells_at = float("inf")
        elif isinstance(message, Reached):
            self._bar.show(message)
        elif isinstance(message, StepMetrics):
            self._series.add(message.step, message.values)
        elif isinstance(message, Ended):
            self._series.end()
        elif isinstance(message, NewCheckpoint):
            write_checkpoint(self._last, partial(_write, message.content))
        elif isinstance(message, Warned):
            self._warn(message)
        elif isinstance(message, Failed):
            self._fail(message)

    def _warn(self, warning: Warned) -> None:
        """Tells a warning once, even if several workers have it."""
        if warning.text not in self._told:
            self._told.add(warning.text)
            logging.getLogger(warning.logger).log(warning.level, "%s", warning.text)

    def _fail(self, failed: Failed) -> None:
        self.failed_ranks.add(failed.rank)
        if failed.error and (self.error is None or failed.rank == 0):
            self.error = failed.error
            self._due_at = monotonic() + (FIRST_S if failed.rank else 0.0)


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)
