"""Draws the fronts of compared runs: a colour for each group, a thin line for each of its runs."""

from __future__ import annotations

from mobilenas.comparison.figures import Comparison
from mobilenas.report.axes import Axis
from mobilenas.report.svg import Frame, chart, dots, rule, step_line

COLOURS = 8
"""The number of different colours; more groups have the same ones again."""


def look_of(number: int) -> str:
    """Returns the look of the group of a number."""
    return f"group-{number % COLOURS + 1}"


def compared_fronts_chart(comparison: Comparison) -> str:
    """Returns the highest accuracy that each run has found within a latency, and its front as dots."""
    every = [one for group in comparison.groups for run in group.runs for one in run.front]
    x = Axis.around("latency, ms", [*(one.latency_ms for one in every), *comparison.targets_ms])
    frame = Frame(x, Axis.around("accuracy", [one.accuracy for one in every], as_percent=True), height=320)
    marks = [rule(frame, target, is_vertical=True) for target in comparison.targets_ms]
    for number, group in enumerate(comparison.groups):
        for run in group.runs:
            points = [(one.latency_ms, one.accuracy) for one in run.front]
            titles = [f"{group.name}, seed {run.seed}: {100 * top1:.1f} %, {ms:.4g} ms" for ms, top1 in points]
            marks += [step_line(frame, points, look_of(number)), dots(frame, points, look_of(number), titles, 3.0)]
    key = [(look_of(number), f"{one.name} ({len(one.runs)})") for number, one in enumerate(comparison.groups)]
    return chart(frame, marks, "Accuracy over latency: the front of each run", key)
