"""Charts the latencies that a search for a reward has sampled (MnasNet, Fig. 6)."""

from math import ceil, sqrt

import numpy as np

from mobilenas.report.axes import Axis
from mobilenas.report.result import RunResult
from mobilenas.report.svg import Frame, box, chart, rule
from mobilenas.report.units import significant
from mobilenas.settings.words import counted


def samples_chart(result: RunResult) -> str:
    """Returns a histogram of the latencies of all evaluated architectures; an empty text for another search."""
    target_ms = result.target_ms
    if target_ms is None or len(result.evaluations) < 2 or result.history or result.adapted:
        return ""
    latencies_ms = [one.latency_ms for one in result.evaluations]
    counts, edges = np.histogram(latencies_ms, ceil(sqrt(len(latencies_ms))))
    frame = Frame(
        Axis.around("latency in ms", [*edges.tolist(), target_ms], 0.02),
        Axis("architectures", 0.0, 1.08 * float(counts.max())),
    )
    marks = []
    for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        begin, end, top = frame.at(left), frame.at(right), frame.down(count)
        said = f"{significant(left)} to {significant(right)} ms: {counted(count, 'architecture')}"
        marks.append(box(begin, top, max(end - begin - 1, 0.5), frame.bottom - top, "accent", said))
    key = [("accent", "evaluated architectures"), ("muted", "target")]
    return chart(frame, [*marks, rule(frame, target_ms, is_vertical=True)], "Latencies of all architectures", key)
