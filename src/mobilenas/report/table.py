"""The table of chosen networks, ``networks.csv``; the page and the terminal show its rows."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from mobilenas.report.result import NetworkResult, RunResult
from mobilenas.report.units import in_millions, in_percent, with_error

Row = Mapping[str, str]
"""A line of the file by column name; a figure that is not known is an empty text."""

MISSING = "—"


@dataclass(frozen=True)
class Column:
    """A column that people see.

    Args:
        title: title of the column
        unit: unit of the figure, after the title
        note: explanation of the figure
        reads: columns of the file that the text is made from; if the first is empty, the text is a dash
        text: makes the text from the figures of these columns; an empty figure is None
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
    Column("search", "%", "{score} by the search's score, split search", ("search_accuracy",), in_percent),
    Column("test", "%", "{score} after training{error}", ("test_accuracy", "test_accuracy_error"), in_percent),
    Column("{second}", "%", "{second} after training{error}", ("test_second", "test_second_error"), in_percent),
)
_SOMETIMES = "test_second"  # top-5 says nothing with five classes or fewer


NAMES = (
    "name",
    "params",
    "macs",
    "predicted_ms",
    "predicted_rmse_ms",
    "measured_ms",
    "measured_std_ms",
    "score",
    "second",
    "search_accuracy",
    "test_accuracy",
    "test_accuracy_error",
    "test_second",
    "test_second_error",
    "onnx_error",
    "architecture",
)


def rows(result: RunResult) -> list[dict[str, str]]:
    """Returns one row for each network, with every figure at full precision."""
    texts = [["" if value is None else str(value) for value in _values(one, result)] for one in result.networks]
    return [dict(zip(NAMES, text, strict=True)) for text in texts]


def shown_columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Returns the columns that people see of these rows: the second score is left out where no row has it."""
    is_known = any(row.get(_SOMETIMES) for row in rows)
    error = ", ± standard error" if any(row.get("test_accuracy_error") for row in rows) else ""
    score, second = (rows[0]["score"], rows[0]["second"]) if rows else ("accuracy", "")
    return tuple(
        replace(
            one,
            title=one.title.format(second=second),
            note=one.note.format(score=score, second=second, error=error),
        )
        for one in COLUMNS
        if is_known or _SOMETIMES not in one.reads
    )


def to_csv(result: RunResult) -> str:
    """Returns the rows as CSV, with their names in the first line."""
    text = StringIO()
    writer = csv.DictWriter(text, NAMES, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(result))
    return text.getvalue()


def read_csv(path: Path) -> list[dict[str, str]]:
    """Reads the rows of a file with the text of ``to_csv``."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _values(network: NetworkResult, result: RunResult) -> tuple[object, ...]:
    said = network.evaluation
    return (
        network.name,
        network.spec.params,
        network.spec.macs,
        network.predicted_ms,
        network.predicted_rmse_ms,
        network.measured_ms,
        network.measured_std_ms,
        result.score_name,
        result.second_name,
        said.accuracy if said else None,
        network.test_accuracy,
        result.test_error(network.test_accuracy),
        network.test_second,
        result.test_error(network.test_second),
        network.onnx_error,
        " ".join(map(str, said.architecture)) if said else None,
    )
