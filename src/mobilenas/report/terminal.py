"""Prints the end of a run on the terminal: the chosen networks, and the path of the page."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mobilenas.report.files import PAGE, TABLE
from mobilenas.report.table import MISSING, read_csv, shown_columns
from mobilenas.report.units import UNKNOWN

_NARROWEST, _UNLIMITED = 80, 1000  # columns: what the figures need, and more than any line has


def show(folder: Path, console: Console | None = None) -> None:
    """Prints the table and the path of the page that ``write`` left in a folder."""
    console = console or _console()
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("network", overflow="fold", style="bold")
    rows = read_csv(folder / TABLE)
    columns = shown_columns(rows)
    for column in columns:
        title = column.title.replace("-", "-\n")
        table.add_column(f"{title}\n{column.unit}", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(escape(row["name"]), *(column.cell(row).replace(" ± ", "±") for column in columns))
    console.print(table)
    console.print()
    for column in columns[2:]:
        console.print(f"{column.title}: {column.note}", style="dim")
    if any(column.cell(row) == MISSING for row in rows for column in columns):
        console.print(f"{MISSING}: not known in this run", style="dim")
    if any(UNKNOWN in column.cell(row) for row in rows for column in columns):
        console.print(f"{UNKNOWN}: its error is not known", style="dim")
    console.print(f"\n[bold]{escape(str(folder / PAGE))}[/bold]", soft_wrap=True)


def _console() -> Console:
    """Returns a console as wide as the terminal; in a pipe or file, no line is broken."""
    console = Console(highlight=False)
    console.width = max(console.width, _NARROWEST) if console.is_terminal else _UNLIMITED
    return console
