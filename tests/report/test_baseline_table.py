"""The published networks beside a run: on the page and as CSV."""

import csv
from dataclasses import replace
from io import StringIO
from math import sqrt
from pathlib import Path

from mobilenas.report import BaselineResult, RunResult
from mobilenas.report.baseline_table import baseline_table, baselines_csv
from mobilenas.report.writing import write
from tests.report.charts.reading import words

BASELINES = (
    BaselineResult("mobilenet_v2-0.5", 0.25, 0.002, 0.9, 690_000, 5_100_000),
    BaselineResult("<mnasnet>", 0.5, None, None, 2_500_000, 12_000_000),
)


def test_a_row_says_what_is_known_of_a_baseline(result: RunResult) -> None:
    run = replace(result, baselines=BASELINES)
    said, error = words(baseline_table(run)), sqrt(0.9 * 0.1 / run.test_images)
    first, second = said.index("mobilenet_v2-0.5"), said.index("<mnasnet>")
    assert said[first + 1 : second] == ["0.690", "5.10", "0.250 ± 0.002", f"90.0 ± {100 * error:.1f}"]
    assert said[second + 1 : second + 5] == ["2.50", "12.0", "0.500, predicted", "—"]


def test_the_csv_has_every_figure(result: RunResult) -> None:
    rows = list(csv.DictReader(StringIO(baselines_csv(replace(result, baselines=BASELINES)))))
    assert [row["name"] for row in rows] == ["mobilenet_v2-0.5", "<mnasnet>"]
    assert [float(row["latency_ms"]) for row in rows] == [0.25, 0.5]
    assert (rows[1]["latency_std_ms"], rows[1]["test_accuracy"], rows[0]["params"]) == ("", "", "690000")


def test_a_run_without_baselines_has_neither(result: RunResult, tmp_path: Path) -> None:
    assert baseline_table(result) == ""
    write(result, tmp_path)
    assert not (tmp_path / "baselines.csv").exists()
    write(replace(result, baselines=BASELINES), tmp_path)
    assert (tmp_path / "baselines.csv").read_text().startswith("name,latency_ms")
