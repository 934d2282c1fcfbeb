"""Evaluations on disk: one SQLite file that several processes may read and write at once."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Self

from mobilenas.evaluation.architecture import Architecture
from mobilenas.evaluation.evaluation import Evaluation
from mobilenas.files.record import checked
from mobilenas.settings.kinds import LONGEST_MS

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS evaluations (
    number INTEGER PRIMARY KEY,
    context TEXT NOT NULL,
    architecture TEXT NOT NULL,
    accuracy REAL NOT NULL CHECK (accuracy BETWEEN 0 AND 1),
    latency_ms REAL NOT NULL CHECK (latency_ms > 0 AND latency_ms <= {LONGEST_MS}),
    macs INTEGER NOT NULL CHECK (macs >= 0),
    params INTEGER NOT NULL CHECK (params >= 0),
    failure TEXT,
    UNIQUE (context, architecture)
) STRICT
"""
TIMEOUT_S = 30  # that a process waits for others to finish writing
NAMES = tuple(column.name for column in fields(Evaluation) if column.name != "measured")
COLUMNS = ", ".join(NAMES)
PUT = f"""
INSERT INTO evaluations (context, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET (accuracy, latency_ms, macs, params, failure) =
    (excluded.accuracy, excluded.latency_ms, excluded.macs, excluded.params, excluded.failure)
WHERE evaluations.failure IS NOT NULL
"""


class Store:
    """Keeps evaluations by context and architecture, even if the process is killed.

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from mobilenas.evaluation import Evaluation, Store
        >>> with TemporaryDirectory() as folder, Store(Path(folder) / "evaluations.sqlite") as store:
        ...     kept = store.put("context", Evaluation((0, 2), accuracy=0.9, latency_ms=1.5, macs=10, params=20))
        ...     store.get("context", (0, 2)) == kept, store.get("context", (0, 1))
        (True, None)

    Args:
        path: path of the file, which is made if it does not exist

    Raises:
        ValueError: the file is not a store, or it cannot be opened or read
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._errors("cannot be opened as a store of evaluations"):
            self._connection = _connect(path)

    def get(self, context: str, architecture: Architecture) -> Evaluation | None:
        """Returns the evaluation, or None if there is none yet."""
        query = f"SELECT {COLUMNS} FROM evaluations WHERE context = ? AND architecture = ?"
        return next(iter(self._read(query, context, _text(architecture))), None)

    def put(self, context: str, evaluation: Evaluation) -> Evaluation:
        """Keeps an evaluation; if the architecture already has one that did not fail, that evaluation stays.

        Returns:
            the evaluation that is kept

        Raises:
            ValueError: a figure is not a number or out of its range
        """
        try:
            _evaluation(_row(evaluation))
        except ValueError as error:
            raise ValueError(f"{evaluation} cannot be stored: {error}.") from None
        with self._errors("cannot be written"):
            self._connection.execute(PUT, (context, *_row(evaluation)))
        if not (kept := self.get(context, evaluation.architecture)):  # in a table of another program
            raise ValueError(f"{self._path} does not keep what is put into it: name another file.")
        return kept

    def all(self, context: str) -> list[Evaluation]:
        """Returns all evaluations of a context, in the order in which they were put."""
        return self._read(f"SELECT {COLUMNS} FROM evaluations WHERE context = ? ORDER BY number", context)

    def count(self) -> int:
        """Returns the number of evaluations of all contexts."""
        with self._errors("cannot be read"):
            (found,) = self._connection.execute("SELECT count(*) FROM evaluations").fetchone()
        return int(found)

    def contexts(self) -> list[str]:
        """Returns all contexts that have evaluations, the oldest first."""
        query = "SELECT context FROM evaluations GROUP BY context ORDER BY min(number)"
        with self._errors("cannot be read"):
            return [str(context) for (context,) in self._connection.execute(query)]

    def _read(self, query: str, *values: str) -> list[Evaluation]:
        with self._errors("cannot be read"):
            return [_evaluation(row) for row in self._connection.execute(query, values)]

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Names the file in errors of SQLite, and of rows that cannot be."""
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            way_out = "name another file, or, if it is a damaged store, remove it, and what it held is evaluated again"
            raise ValueError(f"{self._path} {what}: {error}; {way_out}.") from None

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
    found = connection.execute("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").fetchall()
    if found not in ([], [("table", "evaluations")]):  # nor triggers and views, which would run
        raise ValueError(f"it holds {', '.join(f'the {kind} {name}' for kind, name in found)}")
    if found:
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
    figures = float(evaluation.accuracy), float(evaluation.latency_ms), int(evaluation.macs), int(evaluation.params)
    return (_text(evaluation.architecture), *figures, evaluation.failure)


def _evaluation(row: Sequence[object]) -> Evaluation:
    """Returns the evaluation of a row; raises ValueError if it has a value that cannot be."""
    text, *figures = row
    try:
        architecture = tuple(int(option) for option in str(text).split(",") if option)
        if _text(architecture) != text:
            raise ValueError
    except ValueError:
        raise ValueError(f"{text!r:.80} is no architecture") from None
    values = dict(zip(NAMES, (architecture, *figures), strict=True))
    try:
        found: Evaluation = checked(Evaluation, values)
    except ValueError as error:
        raise ValueError(f"the evaluation of {text!r:.80} has a wrong figure ({error})") from None
    return found
