"""The page of all combinations, and the table behind it with what is decided of each."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from io import StringIO
from itertools import product
from pathlib import Path

from tests.combinations.cells import AXES, COMMON, COMPANIONS, UNNAMED, Cell

DOCS = Path(__file__).parents[2] / "docs"
PAGE, TABLE = DOCS / "combinations.md", DOCS / "combinations.csv"

ROW_AXES, COLUMN_AXES = ("method", "search_space", "algorithm", "evaluator"), ("task", "hardware")
"""The axes of the table's rows and of its columns."""

Decisions = Mapping[Cell, tuple[str, ...]]
"""The reasons why each cell is refused; none for one that runs."""

PAIRS = (
    *(("method", "search_space"), ("algorithm", "evaluator"), ("search_space", "evaluator")),
    *(("method", "algorithm"), ("search_space", "task"), ("hardware", "task"), ("hardware", "algorithm")),
)

HEAD = """# Combinations

A run is put together from parts. This page says which of them fit: every combination of a method, a search space, an
algorithm, an evaluator, a device and a task is either a command that runs, or it is refused before any work begins.
The command itself has decided: each combination went through the checks that `mobilenas` makes before its first stage,
with `{common}` and the parts' own settings.

- A part that is not named (`{unnamed}`) is that of `conf/config.yaml`. With `algorithm=netadapt` no search space is
  named, because the widths of the given network are searched.
- Some parts always need something else, and the command gives it:
{companions}
- The devices, and the packages of the engines, are taken as being there.

Of {count:,} combinations {runs:,} run, and {refused:,} are refused. [combinations.csv](combinations.csv) has all of
them: an empty field is a combination that runs, and a number is a reason of the table below. This says what is decided
of one:

    python -m tests.combinations method=fair search_space=fbnet algorithm=nsga2 evaluator=ranking hardware=litert

`python -m tests.combinations` writes this page and the table. Tests fail if the page is out of date, and run
combinations at a tiny size: together they have every pair of parts that is not refused.
"""


def reasons_of(decisions: Decisions) -> list[str]:
    """Returns all reasons, the most frequent one first."""
    found = Counter(reason for reasons in decisions.values() for reason in reasons)
    return sorted(found, key=lambda reason: (-found[reason], reason))


def table(decisions: Decisions) -> str:
    """Returns the table as CSV: a row for each value of the first axes, and a column for each value of the others."""
    numbers = {reason: str(number) for number, reason in enumerate(reasons_of(decisions), 1)}
    columns = list(product(*(AXES[axis] for axis in COLUMN_AXES)))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*ROW_AXES, *(" ".join(column) for column in columns)])
    for row in product(*(AXES[axis] for axis in ROW_AXES)):
        decided = [decisions[(*row, hardware, task)] for task, hardware in columns]
        writer.writerow([*row, *("+".join(numbers[reason] for reason in reasons) for reasons in decided)])
    return text.getvalue()


def read_table(text: str, reasons: Sequence[str]) -> dict[Cell, tuple[str, ...]]:
    """Returns the decisions that a table has.

    Args:
        text: the table
        reasons: the reasons by their numbers
    """
    head, *rows = csv.reader(StringIO(text))
    columns = [tuple(column.split()) for column in head[len(ROW_AXES) :]]
    return {
        (*row[: len(ROW_AXES)], hardware, task): tuple(reasons[int(one) - 1] for one in field.split("+") if one)
        for row in rows
        for (task, hardware), field in zip(columns, row[len(ROW_AXES) :], strict=True)
    }


def read_reasons(text: str) -> list[str]:
    """Returns the reasons of a page, in their order."""
    lines = (line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| "))
    return [fields[-1] for fields in lines if len(fields) == 4 and fields[0].isdecimal()]


def page(decisions: Decisions) -> str:
    """Returns the whole page."""
    runs = sum(not reasons for reasons in decisions.values())
    head = HEAD.format(
        common=" ".join(COMMON),
        unnamed=UNNAMED,
        companions="\n".join(f"    - `{part}`: `{' '.join(given)}`" for part, given in COMPANIONS.items()),
        count=len(decisions),
        runs=runs,
        refused=len(decisions) - runs,
    )
    pairs = "\n".join(_pair(decisions, *axes) for axes in PAIRS)
    words = (
        "The number of combinations that run with both parts. Where none does, the brackets have the number of the most"
        " frequent reason."
    )
    return f"{head}\n## Why combinations are refused\n\n{_reasons(decisions)}\n## Two parts\n\n{words}\n{pairs}"


def _reasons(decisions: Decisions) -> str:
    rows = []
    for number, reason in enumerate(reasons_of(decisions), 1):
        refused = [cell for cell, reasons in decisions.items() if reason in reasons]
        rows.append((str(number), f"{len(refused):,}", _where(refused), reason))
    words = "A combination can be refused for several reasons, and counts for each of them.\n"
    return f"{words}\n{_grid(('number', 'combinations', 'only with', 'reason'), rows)}"


def _where(refused: Collection[Cell]) -> str:
    """Returns the values of each axis of which not all are among the refused cells."""
    found = []
    for place, (axis, values) in enumerate(AXES.items()):
        there = [value for value in values if any(cell[place] == value for cell in refused)]
        if len(there) < len(values):
            found.append(f"{axis}={','.join(there)}")
    return " ".join(found)


def _pair(decisions: Decisions, down: str, across: str) -> str:
    places = [list(AXES).index(axis) for axis in (down, across)]
    numbers = {reason: number for number, reason in enumerate(reasons_of(decisions), 1)}
    cells: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for cell, reasons in decisions.items():
        cells.setdefault(tuple(cell[place] for place in places), []).append(reasons)
    rows = [(f"`{value}`", *(_runs(cells[value, other], numbers) for other in AXES[across])) for value in AXES[down]]
    return f"\n{_grid((f'{down}, {across}', *(f'`{value}`' for value in AXES[across])), rows)}"


def _runs(decided: Sequence[tuple[str, ...]], numbers: Mapping[str, int]) -> str:
    runs = sum(not reasons for reasons in decided)
    if runs:
        return f"{runs:,}"
    counts = Counter(reason for reasons in decided for reason in reasons)
    return f"[{numbers[max(counts, key=lambda reason: (counts[reason], -numbers[reason]))]}]"


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
