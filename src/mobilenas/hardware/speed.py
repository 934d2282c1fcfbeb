"""The speed of a device over the time of a measurement, which shows whether it drifted, and by how much."""

from collections.abc import Iterable
from pathlib import Path

from mobilenas.files.text import parse_number, read_table, write_table

COLUMNS = ("visit", "slowness")
SLOWEST = 1e6


def save_speed(path: Path, slowness: Iterable[float]) -> None:
    """Writes a row for each visit: its number, and its time over the time of its pieces by the table."""
    write_table(path, {}, COLUMNS, enumerate(map(float, slowness), 1))


def load_speed(path: Path) -> tuple[float, ...]:
    """Reads a file that ``save_speed`` wrote; raises ValueError for another file."""
    _, rows = read_table(path, COLUMNS)
    return tuple(parse_number(path, f"the slowness of visit {visit}", text, 0, SLOWEST) for visit, text in rows)
