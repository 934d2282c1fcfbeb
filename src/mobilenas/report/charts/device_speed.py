"""Charts how slow a device was while its latency table was measured."""

from collections.abc import Sequence

import numpy as np

from mobilenas.report.axes import Axis
from mobilenas.report.svg import Frame, chart, dots, line

SHARE = 50
"""A point of the line is the median of this part of all visits."""

MOST = 1500
"""The largest number of visits that are drawn."""


def device_speed_chart(slowness: Sequence[float]) -> str:
    """Returns the visits in the order of measurement, and the median of nearby ones; an empty text without visits."""
    if not slowness:
        return ""
    values = np.asarray(slowness)
    y = Axis("time over the table's", min(float(values.min()), 0.9), max(1.1 * float(np.percentile(values, 99)), 1.1))
    frame = Frame(Axis("visit, in the order of measurement", 0.0, len(values) + 1.0), y, height=260.0)
    medians = [(visit, min(median, y.high)) for visit, median in running_medians(slowness)]
    inside = [(number, value) for number, value in enumerate(values.tolist(), 1) if value <= y.high]
    every = -(-len(inside) // MOST)
    marks = [dots(frame, inside[::every], "muted", radius=1.2), line(frame, medians, "accent")]
    window = max(1, len(values) // SHARE)
    shown = f"one visit of {every}" if every > 1 else "visit"
    return chart(
        frame, marks, "The device's time over the table's", [("muted", shown), ("accent", f"median of {window}")]
    )


def running_medians(slowness: Sequence[float]) -> list[tuple[float, float]]:
    """Returns the median of a fiftieth of all visits, at the middle of these visits, ten for each fiftieth."""
    values, window = np.asarray(slowness), max(1, len(slowness) // SHARE)
    ends = range(window, len(values) + 1, max(1, window // 10))
    return [(end - window / 2, float(np.median(values[end - window : end]))) for end in ends]
