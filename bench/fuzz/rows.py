"""Changes of a store of evaluations: of its values, their types, its columns and its tables."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.fuzz.trees import any_value


def sqlite_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns a store with other values, types, columns or tables."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "store.sqlite")
        path.write_bytes(content)
        with closing(sqlite3.connect(path, isolation_level=None)) as store:
            for _ in range(rng.integers(1, 3)):
                _change_store(store, rng)
        return path.read_bytes()


def _change_store(store: sqlite3.Connection, rng: np.random.Generator) -> None:
    columns = [row[1] for row in store.execute("PRAGMA table_info(evaluations)")] or ["number"]
    column = str(rng.choice(columns))
    statements = {
        "loose": "CREATE TABLE loose AS SELECT * FROM evaluations; DROP TABLE evaluations;"
        " ALTER TABLE loose RENAME TO evaluations",
        "column": f"ALTER TABLE evaluations RENAME COLUMN {column} TO other",
        "table": f"ALTER TABLE evaluations RENAME TO {rng.choice(['others', 'evaluation'])}",
        "more": "CREATE TABLE more (a INTEGER)",
        "empty": "DELETE FROM evaluations",
        "trigger": "CREATE TRIGGER own AFTER INSERT ON evaluations BEGIN DELETE FROM evaluations; END",
    }
    if rng.random() < 0.2:
        return _tried(store, statements[str(rng.choice(list(statements)))])
    if rng.random() < 0.7:
        _tried(store, statements["loose"])
    value = any_value(rng)
    value = json.dumps(value) if isinstance(value, list | dict) else value
    if column == "architecture" and rng.random() < 0.7:
        value = str(rng.choice(["1", "1,2,3", "-1,0", "99,99", "a,b", "1, 2", "1,,2", "1.5,0", ""]))
    where = "" if rng.random() < 0.3 else " WHERE rowid = 1 + abs(random()) % 12"
    try:
        store.execute(f"UPDATE evaluations SET {column} = ?{where}", (value,))
    except (sqlite3.Error, OverflowError, UnicodeError):
        return None


def _tried(store: sqlite3.Connection, statements: str) -> None:
    try:
        store.executescript(statements)
    except sqlite3.Error:
        return
