"""The end of a run on the terminal: the chosen networks, and where the page is."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mobilenas.report.files import PAGE, TABLE
from mobilenas.report.table import COLUMNS, read_csv


def show(folder: Path, console: Console | None = None) -> None:
    """Print the table and the path of the page that ``write`` left in a folder."""
    console = console or Console(highlight=False)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("network", overflow="fold", style="bold")
    for column in COLUMNS:
        table.add_column(column.title.replace(" ", "\n"), justify="right", no_wrap=True)
    for row in read_csv(folder / TABLE):
        table.add_row(escape(row["name"]), *(column.cell(row) for column in COLUMNS))
    console.print(table)
    console.print("supernet: a score with shared weights, which ranks architectures; test: after training from scratch")
    console.print(f"[bold]{escape(str(folder / PAGE))}[/bold]", soft_wrap=True)
