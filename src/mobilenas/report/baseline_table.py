"""Writes the published networks that a run is judged beside as a table of the page, and as CSV."""

import csv
from dataclasses import asdict, fields
from html import escape
from io import StringIO

from mobilenas.report.files import BASELINES
from mobilenas.report.result import BaselineResult, RunResult
from mobilenas.report.table import MISSING
from mobilenas.report.units import in_millions, in_percent, significant, with_error


def baseline_table(result: RunResult) -> str:
    """Returns HTML with a row for each baseline; nothing if the run has none."""
    if not result.baselines:
        return ""
    titles = ("params, M", "multiply-adds, M", "latency, ms", f"{result.score_name} on test, %")
    rows = "".join(_row(one, result, titles) for one in result.baselines)
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in ("network", *titles))
    link = f'<p class="more"><a href="{BASELINES}">These figures as CSV</a></p>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{link}"


def baselines_csv(result: RunResult) -> str:
    """Returns the baselines as CSV, with every figure at full precision; an unknown figure is empty."""
    text = StringIO()
    writer = csv.DictWriter(text, [one.name for one in fields(BaselineResult)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in result.baselines)
    return text.getvalue()


def _row(baseline: BaselineResult, result: RunResult, titles: tuple[str, ...]) -> str:
    accuracy = baseline.test_accuracy
    latency = (
        f"{significant(baseline.latency_ms)}, predicted"
        if baseline.latency_std_ms is None
        else with_error(baseline.latency_ms, baseline.latency_std_ms)
    )
    figures = (
        in_millions(baseline.params),
        in_millions(baseline.macs),
        latency,
        MISSING if accuracy is None else in_percent(accuracy, result.test_error(accuracy)),
    )
    cells = "".join(
        f'<td data-title="{escape(title)}">{text}</td>' for title, text in zip(titles, figures, strict=True)
    )
    return f'<tr><th scope="row">{escape(baseline.name)}</th>{cells}</tr>'
