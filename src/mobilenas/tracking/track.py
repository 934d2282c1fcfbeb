"""A run's record: CSV files in its folder, and a further place that gets the same."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from mobilenas.files.whole import read_whole, write_text
from mobilenas.tracking.base import Logged, Tracker
from mobilenas.tracking.csv_files import CsvTracker
from mobilenas.tracking.log import LOGS, CsvLog, Log
from mobilenas.tracking.series import Series, reason_of

log = logging.getLogger(__name__)

LARGEST = 1_000_000
"""The most bytes of the note of what was recorded."""


class Tracking:
    """Records a run. An error of a place is one warning, and the run goes on without this place.

    Only the process that has made it records; processes that train or score for it record nothing themselves.

    Args:
        log: the settings of the further place
        folder: the run's folder; without one nothing is recorded, except the series
    """

    def __init__(self, log: Log | None = None, folder: Path | None = None) -> None:
        self._log, self._folder, self._process = log or CsvLog(), folder, os.getpid()
        self._places: list[Tracker] | None = None
        self._last: dict[str, int] = {}
        self._stages: dict[str, str] | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"_log": self._log, "_folder": None, "_process": 0, "_places": [], "_last": {}, "_stages": {}}

    def series(self, folder: Path, title: str) -> Series:
        """Returns the series of a training or a search.

        Args:
            folder: its folder; its place in the run's folder is the name of the series
            title: its name, for people
        """
        inside = self._folder is not None and folder.is_relative_to(self._folder)
        name = folder.relative_to(self._folder).as_posix() if self._folder and inside else folder.name
        return Series(folder / LOGS / "metrics.csv", name, title, self)

    def has(self, stage: str, fingerprint: str) -> bool:
        """Returns whether the record has a stage that was made from these settings."""
        return self._noted.get(stage) == fingerprint

    def record(self, stage: str, fingerprint: str, call: Callable[[Tracker], None]) -> None:
        """Records the result of a stage, except in a place that has it from before.

        Args:
            stage: name of the stage
            fingerprint: what it was made from
            call: makes the record in a place
        """
        places, known = self._opened(), self.has(stage, fingerprint)
        for place in tuple(places):
            if not (known and place.keeps):
                self._call(place, call)
        self._noted[stage] = fingerprint
        self._write_note()

    def forget(self) -> None:
        """Begins a new record, because the stages are made from scratch."""
        if self._note:
            self._note.unlink(missing_ok=True)

    def last(self, series: str) -> int:
        """Returns the last step of a series that was sent to the further place, or -1."""
        if series not in self._last:
            self._last[series] = -1
            for place in tuple(self._opened()):
                self._call(place, lambda place: self._last.update({series: place.last_step(series)}))
        return self._last[series]

    def scalars(self, series: str, rows: Iterable[Logged]) -> None:
        """Sends the figures of steps of a series to the further place."""
        last = self.last(series)
        for step, values in rows:
            for place in tuple(self._opened()):
                self._call(place, partial(_scalars, series, step, values))
            self._last[series] = last = max(last, step)

    def close(self, complete: bool) -> None:
        """Ends the record."""
        if self._places and os.getpid() == self._process:
            for place in tuple(self._places):
                self._call(place, lambda place: place.close(complete))
        self._places, self._last, self._stages = None, {}, None

    def _call(self, place: Tracker, call: Callable[[Tracker], None]) -> None:
        """Calls a place; if it fails, this is told, and it is left out from then on."""
        try:
            call(place)
        except Exception as error:  # of a disk, a server or a library: none of them is a reason to end a run
            if self._places and place in self._places:
                self._places.remove(place)
            self._warn("The CSV files" if isinstance(place, CsvTracker) else self._log.title, error)

    def _opened(self) -> list[Tracker]:
        if self._folder is None or os.getpid() != self._process:
            return []
        if self._places is None:
            self._places = [CsvTracker(self._folder / LOGS, self._folder)]
            self._open(self._folder)
        return self._places

    def _open(self, folder: Path) -> None:
        assert self._places is not None
        noted, kept = self._read_note()
        try:
            place = self._log.open(folder, kept)
        except Exception as error:
            self._warn(self._log.title, error)
            place = None
        if place:
            self._places.append(place)
        self._stages = noted if place and place.keeps else {}
        self._write_note()

    @property
    def _noted(self) -> dict[str, str]:
        if self._stages is None:
            self._stages = self._read_note()[0]
        return self._stages

    @property
    def _note(self) -> Path | None:
        return self._folder and self._folder / LOGS / f"{self._log.name}.json"

    def _read_note(self) -> tuple[dict[str, str], str]:
        """Returns the stages that are recorded, and the id of the record; nothing if the note cannot be read."""
        try:
            found = json.loads(read_whole(self._note, LARGEST)) if self._note else {}
            return {str(stage): str(made) for stage, made in found["stages"].items()}, str(found["id"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}, ""

    def _write_note(self) -> None:
        if not self._note or self._places is None:
            return
        own = next((place.id for place in self._places if place.id), "")
        try:
            write_text(self._note, json.dumps({"id": own, "stages": self._stages}, indent=1))
        except (OSError, ValueError) as error:
            log.warning("%s cannot be written (%s): the run goes on.", self._note, error)

    def _warn(self, title: str, error: Exception) -> None:
        log.warning(
            "%s: nothing more can be recorded (%s); the run goes on, and the CSV files of its trainings stay in %s.",
            title,
            reason_of(error),
            self._folder,
        )


def _scalars(series: str, step: int, values: Mapping[str, float], place: Tracker) -> None:
    place.scalars(series, step, values)
