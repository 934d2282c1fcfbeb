"""How runs have ended: the content of all files that belong to it."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

ASIDE = ("checkpoints", "logs", "wandb", ".lock", ".images", ".seconds", "steps", "images")
"""Names of folders and files that are no part of a run's end; decoded images are a cache beside the runs."""
EVALUATIONS = """SELECT context, architecture, accuracy, latency_ms, macs, params, failure FROM evaluations
ORDER BY context, architecture"""
"""All but the order in which they were put, which is that in which processes have ended where several work at once."""


def ended(outputs: Path) -> dict[str, str]:
    """Returns a hash of the content of each file that belongs to the end of the runs."""
    files = [path for path in sorted(outputs.rglob("*")) if path.is_file()]
    names = [path.relative_to(outputs) for path in files]
    return {str(name): _content(path) for name, path in zip(names, files, strict=True) if not _is_aside(name)}


def _is_aside(name: Path) -> bool:
    return any(part in ASIDE for part in name.parts) or name.name.endswith(("-wal", "-shm"))


def _content(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".sqlite":
        try:
            with closing(sqlite3.connect(path)) as store:
                content = repr(store.execute(EVALUATIONS).fetchall()).encode()
        except sqlite3.Error as error:
            content = repr(error).encode()
    return hashlib.sha256(content).hexdigest()


def rows(path: Path) -> int:
    """Returns the number of evaluations in a store, 0 if it cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            return int(store.execute("SELECT count(*) FROM evaluations").fetchone()[0])
    except sqlite3.Error:
        return 0
