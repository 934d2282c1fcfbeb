"""The page of combinations is up to date, and combinations that are not refused run."""

import csv
import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from tests.combinations.cells import AXES, COMMON, Cell, cells, command, settings_of, write_files
from tests.combinations.covering import covering, pairs_of, values_covering
from tests.combinations.decisions import at_hand, decided, decision
from tests.combinations.page import PAGE, PAIRS, TABLE, page, read_reasons, read_table, table
from tests.combinations.running import run_cell

REASONS = read_reasons(PAGE.read_text("utf-8"))
DECISIONS = read_table(TABLE.read_text("utf-8"), REASONS)
THAT_RUN = sorted(cell for cell in cells() if not DECISIONS.get(cell, ("unknown",)))
FIRST = values_covering(THAT_RUN)
REST = [cell for cell in covering(THAT_RUN, PAIRS) if cell not in FIRST]
UNEVEN = 197
"""Every cell of this distance is decided again; it has no factor in common with the number of any axis's values."""


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    logger = logging.getLogger("mobilenas")
    before = logger.level
    yield
    logger.setLevel(before)


def test_the_page_and_the_table_are_those_of_the_decisions() -> None:
    assert list(DECISIONS) and set(DECISIONS) == set(cells()), "write them again: python -m tests.combinations"
    assert page(DECISIONS) == PAGE.read_text("utf-8")
    assert table(DECISIONS) == TABLE.read_text("utf-8")


def test_decisions_are_as_the_page_says() -> None:
    some = list(islice(cells(), 0, None, UNEVEN))
    with at_hand():
        assert {cell: decision(cell) for cell in some} == {cell: DECISIONS[cell] for cell in some}


@pytest.mark.slow
def test_all_decisions_are_as_the_page_says() -> None:
    with at_hand():
        changed = {cell: found for cell in cells() if (found := decision(cell)) != DECISIONS[cell]}
    assert changed == {}, "write the page again: python -m tests.combinations"


@pytest.mark.parametrize("cell", list(islice(cells(), 0, None, 3001)), ids=" ".join)
def test_a_cell_is_what_its_command_line_composes(cell: Cell) -> None:
    with at_hand():
        assert settings_of(cell) == composed(*COMMON, "trainer.accelerator=cpu", *command(cell))
        assert decided(settings_of(cell), command(cell)) == decided(
            composed(*COMMON, "trainer.accelerator=cpu", *command(cell)), command(cell)
        )


def test_the_cells_that_run_here_have_all_parts_and_all_pairs_of_those_that_are_not_refused() -> None:
    chosen = {*FIRST, *REST}
    for cell in THAT_RUN:
        assert pairs_of(cell, PAIRS) <= set().union(*(pairs_of(one, PAIRS) for one in chosen))
    for place, values in enumerate(AXES.values()):
        assert {cell[place] for cell in chosen} == set(values)


def _runs(cell: Cell, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    write_files(folder)
    made = run_cell(cell, folder)
    with (made / "report" / "networks.csv").open(newline="") as file:
        (network,) = csv.DictReader(file)
    assert 0 <= float(network["test_accuracy"]) <= 1
    assert (made / "ranking" / "record.json").exists() == ("ranking" in cell)


@pytest.mark.parametrize("cell", FIRST, ids=" ".join)
def test_every_part_runs(cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _runs(cell, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("cell", REST, ids=" ".join)
def test_every_pair_of_parts_runs(cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _runs(cell, tmp_path, monkeypatch)
