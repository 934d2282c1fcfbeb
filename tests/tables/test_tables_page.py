"""The page of tables: every row in its place, with the notes that it names."""

import re
from itertools import groupby

import pytest

from mobilenas.tables import as_markdown, load_published
from mobilenas.tables.markdown import difference, grid

PUBLISHED = load_published()
ROWS = [row for table in PUBLISHED.tables for row in table.networks]


@pytest.fixture(scope="module")
def page() -> str:
    return as_markdown(PUBLISHED)


@pytest.mark.parametrize(
    ("here", "printed", "said"), [(110, 100, "+10.0%"), (99, 100, "-1.0%"), (99.999, 100, "+0.0%"), (5, 4, "+25.0%")]
)
def test_a_difference_is_relative_to_what_is_printed(here: float, printed: float, said: str) -> None:
    assert difference(here, printed) == said


def test_a_grid_is_padded_to_the_right_and_its_names_to_the_left() -> None:
    assert grid(("row", "here"), [("a", "1.5"), ("long", "12345")]).splitlines() == [
        "| row  |  here |",
        "|------|------:|",
        "| a    |   1.5 |",
        "| long | 12345 |",
    ]


def test_every_row_is_on_the_page_with_its_printed_figures(page: str) -> None:
    lines = page.splitlines()
    for row in ROWS:
        cells = [
            [cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith(f"| {row.name} ")
        ]
        params_m = "" if row.params_m is None else str(row.params_m)
        assert any((cell[1], cell[5]) == (params_m, str(row.macs_m)) for cell in cells)


def test_a_mark_beside_a_row_is_the_number_of_a_note_below(page: str) -> None:
    for section in page.split("### ")[1:]:
        marks = {mark for row in re.findall(r"\| +(\d[\d, ]*) \|$", section, re.MULTILINE) for mark in row.split(", ")}
        notes = re.findall(r"^(\d+)\. ", section, re.MULTILINE)
        assert marks == set(notes) and notes == [str(number) for number in range(1, len(notes) + 1)]


def test_a_papers_tables_stand_together(page: str) -> None:
    papers = [paper for paper, _ in groupby(table.paper for table in PUBLISHED.tables)]
    assert re.findall("^## (.+)$", page, re.MULTILINE) == [*papers, "Left out"]
    assert len(papers) == len(set(papers))
