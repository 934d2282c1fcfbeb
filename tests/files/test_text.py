"""Tables as text: what spreadsheets change when they save a table is read as the same table."""

import csv
import io
from pathlib import Path
from typing import Literal

import pytest

from mobilenas.files.text import columns_of, read_table, write_table

HEAD = {"device": "a phone; 4 cores, fast", "batch": "1", "constant_ms": "0.25"}
COLUMNS = ("layer", "latency_ms")
ROWS = [["conv, 3 x 3", "0.5"], ['the "last" one', "1e-3"]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    write_table(tmp_path / "table.csv", HEAD, COLUMNS, ROWS)
    return tmp_path / "table.csv"


def saved(text: str, separator: str = ",", quoting: Literal[0, 1] = csv.QUOTE_MINIMAL, end: str = "\r\n") -> str:
    """The table as a spreadsheet saves it: every line has as many cells as the longest one."""
    rows = [[line] if line.startswith("#") else next(csv.reader([line])) for line in text.splitlines()]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerows([*row, *[""] * (3 - len(row))] for row in rows)
    return out.getvalue() + separator * 2 + end


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_that_a_spreadsheet_has_saved_is_still_that_table(
    table: Path, separator: str, quoting: Literal[0, 1], mark: str
) -> None:
    before = read_table(table, COLUMNS)
    assert before == (HEAD, ROWS)
    table.write_text(mark + saved(table.read_text(), separator, quoting), encoding="utf-8", newline="")
    assert read_table(table, COLUMNS) == before
    assert columns_of(table) == list(COLUMNS)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,1,2", r"the row 'a,1,2' must have 2 columns"),
        ("a", r"the row 'a' must have 2 columns"),
        ('"a,1', r"is no table of values with commas between them: unexpected end of data\."),
        (f'"{"x" * 200_000}', r"is no table of values with commas between them: field larger than field limit"),
    ],
)
def test_a_row_that_is_none_is_told_with_the_file(table: Path, row: str, said: str) -> None:
    table.write_text(table.read_text() + row + "\n")
    with pytest.raises(ValueError, match=f"^{table}:? .*{said}|^{table} {said}"):
        read_table(table, COLUMNS)


def test_a_table_in_utf_16_is_read(table: Path) -> None:
    """As spreadsheets save what they call Unicode text: with tabs."""
    before = read_table(table, COLUMNS)
    table.write_text(saved(table.read_text(), "\t"), encoding="utf-16", newline="")
    assert read_table(table, COLUMNS) == before


def test_a_fact_that_stands_twice_is_refused(table: Path) -> None:
    table.write_text("# batch: 2\n" + table.read_text())
    with pytest.raises(ValueError, match=f"^{table} has more than one line '# batch: ...'"):
        read_table(table, COLUMNS)
