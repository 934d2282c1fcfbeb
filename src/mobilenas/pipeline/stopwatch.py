"""Sums the time that a stage takes, also if it is stopped and goes on later."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mobilenas.files.whole import write_text

_FILE = ".seconds"


@contextmanager
def timed(folder: Path) -> Iterator[None]:
    """Adds the time to that of earlier attempts, unless the process is killed."""
    before, begun = seconds_of(folder), time.monotonic()
    try:
        yield
    finally:
        write_text(folder / _FILE, f"{before + time.monotonic() - begun:.3f}")


def seconds_of(folder: Path) -> float:
    """Returns the seconds of all attempts so far."""
    with suppress(OSError, ValueError):
        return max(0.0, float((folder / _FILE).read_text("utf-8")))
    return 0.0
