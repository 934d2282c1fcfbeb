"""The papers' tables that need no training: printed values beside the values that are computed here."""

from mobilenas.tables.counts import Counts, count
from mobilenas.tables.markdown import as_markdown
from mobilenas.tables.published import PrintedNetwork, PrintedQuantity, PrintedTable, Published, load_published
from mobilenas.tables.quantities import QUANTITIES

__all__ = [
    "QUANTITIES",
    "Counts",
    "PrintedNetwork",
    "PrintedQuantity",
    "PrintedTable",
    "Published",
    "as_markdown",
    "count",
    "load_published",
]
