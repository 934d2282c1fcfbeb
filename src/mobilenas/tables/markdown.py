"""Writes the papers' tables as Markdown that can be read as it is."""

from collections.abc import Iterator, Mapping, Sequence

from mobilenas.tables.counts import count
from mobilenas.tables.published import PrintedNetwork, PrintedQuantity, PrintedTable, Published
from mobilenas.tables.quantities import QUANTITIES

HEAD = """\
# The papers' tables that need no training

`mobilenas-tables` writes this page, and a test fails if the page is out of date. Each table compares what a paper
prints with what is computed here. Parameters and multiply-adds are in millions, also where a paper prints billions. A
difference is the value computed here divided by the printed value, minus 1. Parameters are all trainable parameters.
The papers do not say how they count. Therefore the column "weights" shows another count: the weights of convolutions
and linear layers, without biases and batch norms."""

NETWORKS = (
    "row",
    *("parameters printed", "here", "difference", "weights"),
    *("multiply-adds printed", "here", "difference", "notes"),
)
QUANTITY = ("quantity", "printed", "here", "difference", "notes")


def as_markdown(published: Published) -> str:
    """Returns all tables, each with its notes and the names of rows that are not here; the text ends in a line feed."""
    parts, paper = [HEAD], ""
    for table in published.tables:
        if table.paper != paper:
            parts.append(f"## {table.paper}")
        paper = table.paper
        parts.extend(_sections(table, published.notes))
    left_out = "\n".join(f"- {sentence}" for sentence in published.left_out)
    return "\n\n".join([*parts, f"## Left out\n\n{left_out}\n"])


def difference(here: float, printed: float) -> str:
    """Returns the value here divided by the printed one, minus 1, in percent with a sign."""
    return f"{round(here / printed - 1, 3) + 0.0:+.1%}"  # + 0.0 makes -0.0 positive


def _sections(table: PrintedTable, notes: Mapping[str, str]) -> Iterator[str]:
    yield f"### {table.table}: {table.about}"
    numbers = _numbers([*table.networks, *table.quantities])
    if table.networks:
        yield grid(NETWORKS, [_network(row, numbers) for row in table.networks])
    if table.quantities:
        yield grid(QUANTITY, [_quantity(row, numbers) for row in table.quantities])
    if numbers:
        yield "\n".join(f"{number}. {notes[note]}" for note, number in numbers.items())
    if table.absent:
        yield f"Rows of the paper's table whose networks are not here: {', '.join(table.absent)}."


def _numbers(rows: Sequence[PrintedNetwork | PrintedQuantity]) -> dict[str, int]:
    """Numbers the notes in the order in which rows name them."""
    names = dict.fromkeys(note for row in rows for note in row.notes)
    return {note: number for number, note in enumerate(names, 1)}


def _network(row: PrintedNetwork, numbers: Mapping[str, int]) -> list[str]:
    here = count(row)
    params_m, macs_m = here.params / 1e6, here.macs / 1e6
    printed, apart = "", ""
    if row.params_m is not None:
        printed, apart = str(row.params_m), difference(params_m, row.params_m)
    params = [printed, f"{params_m:.3f}", apart, f"{here.weights / 1e6:.3f}"]
    macs = [str(row.macs_m), f"{macs_m:.1f}", difference(macs_m, row.macs_m)]
    return [row.name, *params, *macs, _marks(row, numbers)]


def _quantity(row: PrintedQuantity, numbers: Mapping[str, int]) -> list[str]:
    here = QUANTITIES[row.quantity]()
    return [row.name, str(row.value), f"{here:.4g}", difference(here, row.value), _marks(row, numbers)]


def _marks(row: PrintedNetwork | PrintedQuantity, numbers: Mapping[str, int]) -> str:
    return ", ".join(str(numbers[note]) for note in row.notes)


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table; its first column is padded on the right, and the others on the left."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = [("-" * (width + 1) + ":") if column else "-" * (width + 2) for column, width in enumerate(widths)]
    lines = [
        "| " + " | ".join([cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])]) + " |"
        for cells in (head, *rows)
    ]
    return "\n".join([lines[0], f"|{'|'.join(rule)}|", *lines[1:]])
