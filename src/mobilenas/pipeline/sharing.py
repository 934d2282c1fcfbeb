"""Lets runs side by side make what they share only once: one makes it, and the others wait for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from mobilenas.files.artifact import Artifact
from mobilenas.files.whole import write_text
from mobilenas.progress import noted_in

log = logging.getLogger(__name__)

LOCKS = ".locks"
"""The folder of the locks, beside the runs."""

TELLS_S = 30.0
"""Seconds between two lines of a run that waits."""

LONGEST_NOTE = 500
"""The most characters of a note of another run that are shown."""


@contextmanager
def only_maker(artifact: Artifact, tells_s: float = TELLS_S) -> Iterator[None]:
    """Waits until no other process makes the same artifact, and lets the others wait as long as this one does.

    The system opens the lock of a process that has died, so that one of those that wait makes the artifact then. A run
    holds at most one such lock at a time, and never waits for the lock of a run's folder: none can wait for another
    that waits for it.

    Args:
        artifact: an artifact of a stage whose result runs may share
        tells_s: seconds between two lines about the waiting
    """
    lock, maker, notes = _files(artifact)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with _acquired(FileLock(lock), artifact, maker, notes, tells_s), noted_in(notes):
        notes.unlink(missing_ok=True)
        write_text(maker, str(artifact.folder.parent))
        try:
            yield
        finally:
            notes.unlink(missing_ok=True)
            maker.unlink(missing_ok=True)


def tidy(artifact: Artifact) -> None:
    """Removes the notes of a maker that was killed after it had completed the artifact."""
    lock, maker, notes = _files(artifact)
    if maker.exists():
        with suppress(Timeout), FileLock(lock, timeout=0):  # else another run makes it at this moment
            notes.unlink(missing_ok=True)
            maker.unlink(missing_ok=True)


def _files(artifact: Artifact) -> tuple[Path, Path, Path]:
    """Returns the paths of the lock, of the maker's name, and of how far it is."""
    place = artifact.folder.parent.parent / LOCKS / f"{artifact.folder.name}-{artifact.fingerprint}"
    return place.with_suffix(".lock"), place.with_suffix(".maker"), place.with_suffix(".progress")


@contextmanager
def _acquired(lock: FileLock, artifact: Artifact, maker: Path, notes: Path, tells_s: float) -> Iterator[None]:
    """Holds a lock; tells who holds it as long as another process does."""
    begun, said, seconds = time.monotonic(), "", 0.0
    while True:
        try:
            lock.acquire(timeout=seconds, poll_interval=0.2)
            break
        except Timeout:
            said = _text(maker) or said or "another run"
            waited = f"; {time.monotonic() - begun:.0f} s so far" if seconds else ""
            far = f" ({found})" if (found := _text(notes)) else ""
            log.info("%s: waits for %s, which makes the same one%s%s", artifact.folder.name, said, far, waited)
            seconds = tells_s
    try:
        yield
    finally:
        lock.release()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")[:LONGEST_NOTE]
    except OSError:  # it is removed at this moment
        return ""
