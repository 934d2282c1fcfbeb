"""The figures of one training or search by step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from mobilenas.tracking.base import Logged
from mobilenas.tracking.history import History

log = logging.getLogger(__name__)


class Sink(Protocol):
    """Takes the figures of series, and knows what it has."""

    def last(self, series: str) -> int:
        """Returns the last step of a series that it has, or -1."""

    def scalars(self, series: str, rows: Iterable[Logged]) -> None:
        """Takes the figures of steps."""


class Series:
    """A CSV file that goes on after an interruption, and the further place of the run, which gets the same.

    Args:
        path: the CSV file
        name: name of the series
        title: its name, for people
        sink: the further place
    """

    def __init__(self, path: Path, name: str, title: str, sink: Sink) -> None:
        self._history, self._name, self._title, self._sink = History(path), name, title, sink
        self._works, self._begun, self._floor = True, False, -1

    def begin(self, step: int | None) -> None:
        """Goes on at a step, which is the first that is added now; with None at the end."""
        self._begun, rows = True, list[Logged]()
        self._try(lambda: rows.extend(self._history.go_on(step)))
        self._floor = self._sink.last(self._name)
        self._sink.scalars(self._name, [one for one in rows if one[0] > self._floor])

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Adds the figures of a step; a step that the further place had at the beginning is not sent again."""
        if not self._begun:
            self.begin(step)
        self._try(lambda: self._history.add(step, values))
        if step > self._floor:
            self._sink.scalars(self._name, [(step, dict(values))])

    def end(self) -> None:
        """Sends what is not sent yet; without any figure the file is made."""
        if not self._begun:
            self.begin(None)

    def _try(self, call: Callable[[], None]) -> None:
        """Warns about an error of the file, and leaves it out from then on."""
        if not self._works:
            return
        try:
            call()
        except Exception as error:  # of a disk, or of a file that someone has changed: no reason to end a training
            self._works = False
            log.warning(
                "%s: its metrics cannot be logged any more (%s); the training goes on.", self._title, reason_of(error)
            )


def reason_of(error: Exception) -> str:
    """Returns the first line of an error, or its class; lines in parentheses, as SQLAlchemy's hints, are left out."""
    lines = (line.strip() for line in str(error).splitlines())
    return next((one for one in lines if one and not (one[0] == "(" and one[-1] == ")")), type(error).__name__).rstrip(
        "."
    )
