"""Evaluations on disk: one SQLite file that several processes may read and write at once."""

import math
import sqlite3
import time
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Self

from mobilenas.evaluation import Architecture, Evaluation

SCHEMA = """
CREATE TABLE IF NOT EXISTS evaluations (
    number INTEGER PRIMARY KEY,
    context TEXT NOT NULL,
    architecture TEXT NOT NULL,
    top1 REAL NOT NULL,
    latency_ms REAL NOT NULL,
    macs INTEGER NOT NULL,
    params INTEGER NOT NULL,
    failure TEXT,
    UNIQUE (context, architecture)
) STRICT
"""
TIMEOUT_S = 30  # that a process waits for others to finish writing
COLUMNS = ", ".join(column.name for column in fields(Evaluation) if column.name != "measured")
PUT = f"""
INSERT INTO evaluations (context, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET (top1, latency_ms, macs, params, failure) =
    (excluded.top1, excluded.latency_ms, excluded.macs, excluded.params, excluded.failure)
WHERE evaluations.failure IS NOT NULL
"""


class Store:
    """Keeps evaluations by context and architecture, even if the process is killed.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from mobilenas.evaluation import Evaluation, Store
        >>> with TemporaryDirectory() as folder, Store(Path(folder) / "evaluations.sqlite") as store:
        ...     kept = store.put("context", Evaluation((0, 2), top1=0.9, latency_ms=1.5, macs=10, params=20))
        ...     store.get("context", (0, 2)) == kept, store.get("context", (0, 1))
        (True, None)

    Args:
        path: path of the file, which is made if it does not exist

    Raises:
        ValueError: the file is not a store, or it cannot be opened
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = _connect(path)
        except (sqlite3.Error, ValueError) as error:
            raise ValueError(
                f"{path} cannot be opened as a store of evaluations: {error}; name another file."
            ) from None

    def get(self, context: str, architecture: Architecture) -> Evaluation | None:
        """Returns the evaluation, or None if there is none yet."""
        query = f"SELECT {COLUMNS} FROM evaluations WHERE context = ? AND architecture = ?"
        row = self._connection.execute(query, (context, _text(architecture))).fetchone()
        return None if row is None else _evaluation(row)

    def put(self, context: str, evaluation: Evaluation) -> Evaluation:
        """Keeps an evaluation; if the architecture already has one that did not fail, that evaluation stays.

        Returns:
            the evaluation that is kept

        Raises:
            ValueError: the accuracy or the latency is not a number
        """
        if math.isnan(evaluation.top1) or math.isnan(evaluation.latency_ms):  # SQLite would take it for a missing value
            raise ValueError(f"{evaluation} has a figure that is not a number, so it cannot be stored.")
        self._connection.execute(PUT, (context, *_row(evaluation)))
        kept = self.get(context, evaluation.architecture)
        assert kept is not None
        return kept

    def all(self, context: str) -> list[Evaluation]:
        """Returns all evaluations of a context, in the order in which they were put."""
        query = f"SELECT {COLUMNS} FROM evaluations WHERE context = ? ORDER BY number"
        return [_evaluation(row) for row in self._connection.execute(query, (context,))]

    def contexts(self) -> list[str]:
        """Returns all contexts that have evaluations, the oldest first."""
        query = "SELECT context FROM evaluations GROUP BY context ORDER BY min(number)"
        return [context for (context,) in self._connection.execute(query)]

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connect(path: Path) -> sqlite3.Connection:
    # autocommit: each statement is a transaction of its own
    connection = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
    try:
        _prepare(connection)
    except Exception:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Makes the table if the file is new; another kind of file is not changed."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    if tables not in ([], ["evaluations"]):
        raise ValueError(f"it holds the tables {', '.join(tables)}")
    if tables:
        connection.execute(f"SELECT number, context, {COLUMNS} FROM evaluations LIMIT 0")
    _write_ahead(connection)
    connection.execute(SCHEMA)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switches to write-ahead logging; SQLite itself does not wait for another process that switches too."""
    end = time.monotonic() + TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            primary = error.sqlite_errorcode & 0xFF  # another process that recovers the log has a code of its own
            if primary != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _text(architecture: Architecture) -> str:
    return ",".join(str(int(option)) for option in architecture)


def _row(evaluation: Evaluation) -> tuple[str, float, float, int, int, str | None]:
    figures = float(evaluation.top1), float(evaluation.latency_ms), int(evaluation.macs), int(evaluation.params)
    return (_text(evaluation.architecture), *figures, evaluation.failure)


def _evaluation(row: tuple[str, float, float, int, int, str | None]) -> Evaluation:
    text, top1, latency_ms, macs, params, failure = row
    architecture = tuple(int(option) for option in text.split(",") if option)
    return Evaluation(architecture, top1, latency_ms, macs, params, failure)
