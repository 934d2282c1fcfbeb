"""A run's record: CSV files in its folder, and a further place that gets the same."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from mobilenas.tracking.base import Logged, Tracker
from mobilenas.tracking.csv_files import CsvTracker
from mobilenas.tracking.log import LOGS, CsvLog, Log
from mobilenas.tracking.note import Note
from mobilenas.tracking.series import Series, reason_of

log = logging.getLogger(__name__)


class Tracking:
    """Records a run. An error of a place is one warning, and the run goes on without this place.

    Only the process that has made it records; processes that train or score for it record nothing themselves.

    Args:
        log: the settings of the further place
        folder: the run's folder; without one nothing is recorded, except the series
    """

    def __init__(self, log: Log | None = None, folder: Path | None = None) -> None:
        self._log, self._folder, self._process = log or CsvLog(), folder, os.getpid()
        self._note = Note(folder / LOGS / f"{self._log.name}.json") if folder else None
        self._places: list[Tracker] | None = None
        self._last: dict[str, int] = {}
        self._stages: dict[str, str] | None = None
        self._id, self._lost = "", False

    def __getstate__(self) -> dict[str, object]:
        """Returns the state for other processes, where nothing is recorded."""
        return vars(Tracking(self._log)) | {"_process": 0}

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

    @property
    def is_closed(self) -> bool:
        """Whether the record was ended as complete; if the process was killed before, the next command ends it."""
        return self._note is None or self._note.is_closed

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
            self._note.remove()

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
            self._write_note(closed=complete)
        self._places, self._last, self._stages = None, {}, None

    def _call(self, place: Tracker, call: Callable[[Tracker], None]) -> None:
        """Calls a place; if it fails, this is told, and it is left out from then on."""
        try:
            call(place)
        except Exception as error:  # of a disk, a server or a library: none of them is a reason to end a run
            if self._places and place in self._places:
                self._places.remove(place)
            self._warn("The CSV files" if isinstance(place, CsvTracker) else self._log.title, error)
            self._write_note()

    def _opened(self) -> list[Tracker]:
        if self._folder is None or self._note is None or os.getpid() != self._process:
            return []
        if self._places is None:
            self._places = self._open(self._folder, self._note)
            self._write_note()
        return self._places

    def _open(self, folder: Path, note: Note) -> list[Tracker]:
        """Opens all places, and forgets the stages that the further place has not kept."""
        places: list[Tracker] = [CsvTracker(folder / LOGS, folder)]
        self._stages, self._id, self._lost = {}, note.id, False
        try:
            place = self._log.open(folder, note.id)
        except Exception as error:  # of a disk, a server or a library
            self._warn(self._log.title, error)
            return places
        if place:
            self._id = place.id
            self._stages = note.stages if place.keeps else {}
            places.append(place)
        return places

    @property
    def _noted(self) -> dict[str, str]:
        if self._stages is None:
            self._stages = self._note.stages if self._note else {}
        return self._stages

    def _write_note(self, closed: bool = False) -> None:
        """Notes what is recorded; no stage if a place was lost, so that the next command records it again."""
        if self._note and self._places is not None:
            self._note.write(self._id, {} if self._lost else self._noted, closed)

    def _warn(self, title: str, error: Exception) -> None:
        self._lost = True
        log.warning(
            "%s: nothing more can be recorded (%s); the run goes on, and the CSV files of its trainings stay in %s.",
            title,
            reason_of(error),
            self._folder,
        )


def _scalars(series: str, step: int, values: Mapping[str, float], place: Tracker) -> None:
    place.scalars(series, step, values)
