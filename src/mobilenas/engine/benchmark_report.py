"""Reads what TensorFlow Lite's benchmark_model writes: the time of a forward pass, and of each operator."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mobilenas.engine.adb import last_line
from mobilenas.engine.litert_profiler import OperatorTime

NUMBER = r"(\d[\d.]*(?:e[+-]?\d+)?)"
RUNS = re.compile(r"(?<!\): )\bcount=\d+ .*")  # after "Timings (microseconds): " is the sum of the operators
MEDIAN = re.compile(rf"\bmedian={NUMBER}")
MEAN = re.compile(rf"\bInference(?: \(avg\))?: {NUMBER}")  # the short form is that of versions before 2020
OPERATORS = "Regular Benchmark Runs:"  # after the operators of the initialization
TABLE = re.compile(r"=+ Run Order =+\n(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
NOT_RUNNING = ("not executable", "Exec format error", "CANNOT LINK")
INSIDE = "Delegate/"  # begins the name of an operator that XNNPACK or another delegate runs


def forward_pass_ms(report: str) -> float | None:
    """Returns the milliseconds of a forward pass, or None if the report is not complete.

    They are the median of the timed runs, in whole microseconds, or their mean: older versions have no median, and a
    median below a microsecond is 0.
    """
    if not (mean := MEAN.search(report)):
        return None
    runs = RUNS.findall(report)  # of the warm-up, then the timed ones
    median = MEDIAN.search(runs[-1]) if runs else None
    return ((float(median[1]) if median else 0.0) or float(mean[1])) / 1e3


def why_no_time(report: str, binary: str) -> str:
    """Returns a sentence about a report that is not complete, and the way out.

    Args:
        report: what was written instead
        binary: path of benchmark_model
    """
    line = last_line(report)
    if any(words in report for words in NOT_RUNNING):
        return (
            f"{binary} does not run on the phone ({line}): take the one for its processor,"
            " android_aarch64_benchmark_model or android_arm_benchmark_model."
        )
    return (
        f"benchmark_model tells no time on the phone, and its last line is {line!r}: what was measured is kept, so set"
        " right what the line says and give the same command again."
    )


def operator_times(report: str) -> list[OperatorTime]:
    """Returns the mean time of each operator in a forward pass, in their order; nothing if the report has no table.

    A delegate, for example XNNPACK, has a row as a whole, and its operators have rows in the same table or in one of
    their own. The row of the whole counts only where its operators have none.
    """
    rows = [row for table in TABLE.findall(report.rpartition(OPERATORS)[2]) for row in _rows(table)]
    if any(row["[Name]"].startswith(INSIDE) for row in rows):
        rows = [row for row in rows if not re.match("TfLite.*Delegate", row["[node type]"])]
    return [OperatorTime(_tag(row), number, _ms(row)) for number, row in enumerate(rows)]


def _rows(table: str) -> Iterator[dict[str, str]]:
    """Yields the rows of a table by the names of its columns: older versions have one more, ``[start]``."""
    head, *rows = ([cell.strip() for cell in re.split(r"\t|\s{2,}", line.strip())] for line in table.splitlines())
    names = [cell for cell in head if cell]
    for row in rows:
        yield dict(zip(names, [cell for cell in row if cell], strict=True))


def _tag(row: dict[str, str]) -> str:
    name = row["[Name]"]
    return name.removeprefix(INSIDE) if name.startswith(INSIDE) else row["[node type]"]


def _ms(row: dict[str, str]) -> float:
    """The column is the mean of a call; operators of equal names in several parts of the graph share a row."""
    return float(row["[avg ms]"]) * max(1, int(row["[times called]"]))
