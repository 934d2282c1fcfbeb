"""The chosen networks as a table: ``networks.csv``, from whose rows the page and the terminal show theirs."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from mobilenas.report.result import NetworkResult, RunResult
from mobilenas.report.units import in_millions, in_percent, with_error

Row = Mapping[str, str]
"""A line of the file by column name; an empty text where something was not found out."""

MISSING = "—"


@dataclass(frozen=True)
class Column:
    """What people see of a row.

    Args:
        title: over the column
        unit: of the figure, after the title
        note: what the figure is
        reads: columns of the file that the text is made from; without the first there is only a dash
        text: from what they hold, None for an empty one, to the text
    """

    title: str
    unit: str
    note: str
    reads: tuple[str, ...]
    text: Callable[..., str]

    def cell(self, row: Row) -> str:
        values = [row[name] for name in self.reads]
        return self.text(*(float(value) if value else None for value in values)) if values[0] else MISSING


COLUMNS = (
    Column("params", "M", "trainable", ("params",), in_millions),
    Column("multiply-adds", "M", "for one image", ("macs",), in_millions),
    Column("predicted", "ms", "latency by the table, ± its error", ("predicted_ms", "predicted_rmse_ms"), with_error),
    Column("measured", "ms", "latency on the device, ± its spread", ("measured_ms", "measured_std_ms"), with_error),
    Column("search", "%", "top-1 by the search's score, split search", ("search_top1",), in_percent),
    Column("test", "%", "top-1 after training, ± standard error", ("test_top1", "test_top1_error"), in_percent),
)


NAMES = (
    "name",
    "params",
    "macs",
    "predicted_ms",
    "predicted_rmse_ms",
    "measured_ms",
    "measured_std_ms",
    "search_top1",
    "test_top1",
    "test_top1_error",
    "onnx_error",
    "architecture",
)


def rows(result: RunResult) -> list[dict[str, str]]:
    """A row a network, with every figure at full precision."""
    texts = [["" if value is None else str(value) for value in _values(one, result)] for one in result.networks]
    return [dict(zip(NAMES, text, strict=True)) for text in texts]


def to_csv(result: RunResult) -> str:
    """The rows with their names over them."""
    text = StringIO()
    writer = csv.DictWriter(text, NAMES, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(result))
    return text.getvalue()


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file that ``to_csv`` gave the text of."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _values(network: NetworkResult, result: RunResult) -> tuple[object, ...]:
    said, top1 = network.evaluation, network.test_top1
    return (
        network.name,
        network.spec.params,
        network.spec.macs,
        network.predicted_ms,
        network.predicted_rmse_ms,
        network.measured_ms,
        network.measured_std_ms,
        said.top1 if said else None,
        top1,
        None if top1 is None else result.test_error(top1),
        network.onnx_error,
        " ".join(map(str, said.architecture)) if said else None,
    )
