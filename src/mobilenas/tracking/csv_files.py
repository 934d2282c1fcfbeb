"""The record of a run in its own folder: CSV files, which every run has."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mobilenas.files.whole import write_text
from mobilenas.tracking.base import Cell, Made, Rows, Tracker

VALUES, FILES, ARTIFACTS, TABLES = "values.csv", "files.csv", "artifacts.csv", "tables"


class CsvTracker(Tracker):
    """Writes figures, tables, and the names of files and artifacts; the files stay where they are.

    The figures of a series are not written here, because the series itself keeps them beside its checkpoints.

    Args:
        folder: the folder of the CSV files
        run: the run's folder, from which paths are told
    """

    def __init__(self, folder: Path, run: Path) -> None:
        self._folder, self._run = folder, run
        self._values: dict[str, float] = {}
        self._files: dict[str, str] = {}
        self._made: dict[str, tuple[Cell, ...]] = {}

    def scalars(self, series: str, step: int, values: Mapping[str, float]) -> None:
        pass

    def values(self, values: Mapping[str, float]) -> None:
        self._values |= values
        self._write(VALUES, ("name", "value"), self._values.items())

    def table(self, name: str, table: Rows) -> None:
        self._write(f"{TABLES}/{name}.csv", table.columns, table.cells)

    def file(self, name: str, path: Path) -> None:
        self._files[name] = self._place(path)
        self._write(FILES, ("name", "file"), self._files.items())

    def artifact(self, made: Made | None, inputs: Sequence[Made]) -> None:
        if made is None:
            return
        files = " ".join(self._place(path) for path in made.files.values())
        self._made[made.name] = (made.name, made.kind, " ".join(made.inputs), files)
        self._write(ARTIFACTS, ("name", "kind", "inputs", "files"), self._made.values())

    def close(self, complete: bool) -> None:
        pass

    def _place(self, path: Path) -> str:
        return path.relative_to(self._run).as_posix() if path.is_relative_to(self._run) else str(path)

    def _write(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        write_text(self._folder / name, csv_text(columns, rows))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Returns the lines of a CSV file; a cell without a value is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
