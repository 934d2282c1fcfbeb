"""Keeps the metrics of a training in a CSV file; a training that goes on continues the file."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from mobilenas.files.whole import read_whole, write_text
from mobilenas.tracking.base import Logged

STEP = "step"

LARGEST = 1_000_000_000
"""The most bytes of the metrics of a training."""


class History:
    """A CSV file with a row each time metrics are logged; metrics that a row does not have are empty.

    Args:
        path: path of the file
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: list[str] = []

    def go_on(self, step: int | None) -> list[Logged]:
        """Returns the rows before a step, and removes the others, because these steps are made again.

        Args:
            step: the first step that is logged now; with None all rows stay

        Raises:
            ValueError: the file has something else than numbers
        """
        rows = [one for one in self._read() if step is None or one[0] < step]
        self._names = list(dict.fromkeys(name for _, metrics in rows for name in metrics))
        self._write(rows)
        return rows

    def add(self, step: int, metrics: Mapping[str, float]) -> None:
        """Writes a row."""
        if new := [name for name in metrics if name not in self._names]:
            rows = self._read()
            self._names += new
            self._write(rows)
        with self._path.open("a", encoding="utf-8", newline="") as file:
            file.write(self._text([(step, dict(metrics))]))

    def _read(self) -> list[Logged]:
        """Returns the rows; a last one that is not whole is left out."""
        if not self._path.exists():
            return []
        whole, _, _ = read_whole(self._path, LARGEST).decode("utf-8").rpartition("\n")
        return [_row(cells) for cells in csv.DictReader(whole.splitlines())]

    def _write(self, rows: Iterable[Logged]) -> None:
        write_text(self._path, ",".join([STEP, *self._names]) + "\n" + self._text(rows))

    def _text(self, rows: Iterable[Logged]) -> str:
        text = io.StringIO()
        writer = csv.DictWriter(text, [STEP, *self._names], lineterminator="\n")
        writer.writerows({STEP: step} | metrics for step, metrics in rows)
        return text.getvalue()


def _row(cells: Mapping[str, str]) -> Logged:
    return int(cells[STEP]), {name: float(cell) for name, cell in cells.items() if name != STEP and cell}
