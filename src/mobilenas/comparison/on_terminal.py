"""Prints a comparison on the terminal: a table of the groups, what a reader must know, and the path of the page."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mobilenas.comparison.comparison_page import references_in_words
from mobilenas.comparison.figures import Comparison
from mobilenas.comparison.rows import group_rows

_UNLIMITED = 1000  # columns: in a pipe or a file no line is broken


def show_comparison(comparison: Comparison, page: Path, console: Console | None = None) -> None:
    """Prints the table, the sentences and the path."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNLIMITED
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    rows = group_rows(comparison)
    for number, name in enumerate(rows[0]):
        table.add_column(escape(name), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row.values()))
    console.print(table)
    console.print()
    for sentence in (*references_in_words(comparison), *comparison.caveats):
        console.print(escape(sentence), style="dim")
    for sentence in comparison.left_out:
        console.print(f"Left out: {escape(sentence)}")
    console.print(f"\n[bold]{escape(str(page))}[/bold]", soft_wrap=True)
