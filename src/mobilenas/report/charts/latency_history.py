"""Charts the latency over the epochs of a search by gradients."""

from mobilenas.report.axes import Axis
from mobilenas.report.result import RunResult
from mobilenas.report.svg import Frame, chart, line, rule, step_line


def latency_history_chart(result: RunResult) -> str:
    """Returns the expected latency and that of the most probable network; an empty text for another search."""
    if not result.history:
        return ""
    expected_ms, derived_ms = zip(*result.history, strict=True)
    targets = () if result.target_ms is None else (result.target_ms,)
    count = len(result.history)
    frame = Frame(
        Axis("epoch", 1 if count > 1 else 0, max(count, 2) if count > 1 else 1),
        Axis("latency in ms", 0.0, 1.08 * max(*expected_ms, *derived_ms, *targets)),
    )
    epochs = range(1, count + 1)
    marks = [
        *(rule(frame, target_ms) for target_ms in targets),
        step_line(frame, zip(epochs, derived_ms, strict=True), "accent"),
        line(frame, zip(epochs, expected_ms, strict=True), "ink"),
    ]
    key = [("accent", "most probable network"), ("ink", "expected"), *(("muted", "target") for _ in targets)]
    return chart(frame, marks, "Latency after each epoch of the search", key)
