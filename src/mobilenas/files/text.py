"""Reads and writes tables as text that a person can edit: lines of ``# name: value``, then CSV."""

import csv
import io
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import inf, isfinite
from pathlib import Path

from mobilenas.files.whole import read_whole, write_text

LARGEST = 200_000_000
"""The most bytes of a table."""

GZIP = b"\x1f\x8b"
"""The first bytes of a file that gzip has packed."""

_NOTES, _PADDING = ("#", '"#'), ",; \t"


def write_table(path: Path, head: Mapping[str, str], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes the file in one step, so that a reader never finds an incomplete file; floats are written exactly."""
    text = io.StringIO()
    text.writelines(f"# {name}: {' '.join(value.split())}\n" for name, value in head.items())
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_table(path: Path, columns: Sequence[str]) -> tuple[dict[str, str], list[list[str]]]:
    """Returns the head and the rows that ``write_table`` wrote.

    Raises:
        ValueError: there is no such file, or it has other columns
    """
    head, found = _read(path)
    if not found or found[0] != list(columns):
        raise ValueError(
            f"{path} must have the columns {','.join(columns)}, but it has {','.join(found[0] if found else [])!r}."
        )
    for row in found[1:]:
        if len(row) != len(columns):
            raise ValueError(
                f"{path}: the row {','.join(row)!r} must have {len(columns)} columns: {','.join(columns)}."
            )
    return head, found[1:]


def columns_of(path: Path) -> list[str]:
    """Returns the names of a table's columns, which differ between the kinds of tables."""
    _, found = _read(path)
    return found[0] if found else []


def about_of(path: Path) -> dict[str, str]:
    """Returns the facts in a table's head; raises ValueError if the file cannot be read."""
    head, _ = _read(path)
    return head


def parse_number(path: Path, name: str, text: str, low: float = -inf, high: float = inf) -> float:
    """Returns the finite number in a text; raises ValueError with the file and the name unless it is in the range."""
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        point = " (with a decimal point)" if "," in text else ""
        raise ValueError(f"{path}: {name} must be a number{point}, not {text!r}.")
    if not low <= number <= high:
        limits = f"{low:g} or more" if high == inf else f"from {low:g} to {high:g}"
        raise ValueError(f"{path}: {name} must be {limits}, not {text!r}.")
    return number


def _read(path: Path) -> tuple[dict[str, str], list[list[str]]]:
    try:
        content = _unpacked(read_whole(path, LARGEST))
        coding = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"  # as spreadsheets begin
        lines = content.decode(coding).splitlines()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8.") from None
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as a table: {error}.") from None
    notes = [_note(line).partition(":") for line in lines if line.startswith(_NOTES)]
    head = {name.strip(): value.strip() for name, _, value in notes}
    facts = Counter(name.strip() for name, colon, _ in notes if colon)
    if twice := next((name for name, count in facts.items() if count > 1), None):
        raise ValueError(f"{path} has more than one line '# {twice}: ...'.")
    return head, _rows(path, [line for line in lines if line.strip(_PADDING + '"') and not line.startswith(_NOTES)])


def _unpacked(content: bytes) -> bytes:
    """Returns the content of a file that gzip may have packed; raises ValueError if it is damaged or too large."""
    if not content.startswith(GZIP):
        return content
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpacking.decompress(content, LARGEST + 1)
    except zlib.error as error:
        raise ValueError(f"it is a damaged file of gzip ({error})") from None
    if len(found) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes when it is unpacked")
    if not unpacking.eof:
        raise ValueError("it is a file of gzip that is cut off")
    return found


def _note(line: str) -> str:
    """Returns the text of a note; a spreadsheet pads it to the width of the table, and may put it in quotes."""
    quoted = re.match('"#((?:[^"]|"")*)"', line)
    return quoted[1].replace('""', '"') if quoted else line.lstrip('"')[1:].rstrip(_PADDING)


def _rows(path: Path, lines: Sequence[str]) -> list[list[str]]:
    """Returns the cells of each line, as wide as the first line; a spreadsheet may separate them by other signs."""
    separator = next((one for one in ",;\t" if lines and one in lines[0]), ",")
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise ValueError(f"{path} is no table of values with commas between them: {error}.") from None
    width = max((number for number, cell in enumerate(rows[0], 1) if cell), default=0) if rows else 0
    return [row if any(row[width:]) else row[:width] for row in rows]
