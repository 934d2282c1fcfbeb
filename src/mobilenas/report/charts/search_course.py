"""Charts the course of a search: its front by generation, and its hypervolume over the evaluations."""

from collections.abc import Sequence
from html import escape

from mobilenas.report.axes import Axis
from mobilenas.report.front_figure import accuracy_axis, latency_axis
from mobilenas.report.result import RunResult
from mobilenas.report.search_progress import Moment, ReferencePoint, moments, spread_counts
from mobilenas.report.svg import Frame, chart, step_line
from mobilenas.report.units import in_percent, significant
from mobilenas.settings.words import counted

LEAST = 10
"""The fewest evaluations of a search whose course is shown."""

FRONTS = 5
"""The most fronts that are drawn; ``charts.css`` has as many strengths of a colour."""


def front_course_chart(result: RunResult) -> str:
    """Returns the front after some generations, the last one in the strongest colour; nothing without a search."""
    if not _has_course(result):
        return ""
    total = len(result.evaluations)
    found = list(moments(result.evaluations, spread_counts(result.rounds, total, FRONTS)))
    every = [one for moment in found for one in moment.front]
    slowest_ms = max(one.latency_ms for one in every)
    frame = Frame(
        Axis.around(latency_axis(result), [one.latency_ms for one in every]),
        Axis.around(accuracy_axis(result), [one.accuracy for one in every], as_percent=True),
        height=340.0,
    )
    looks = [f"accent strength-{FRONTS - len(found) + number}" for number in range(1, len(found) + 1)]
    lines = [
        step_line(frame, [*((one.latency_ms, one.accuracy) for one in moment.front), _end(moment, slowest_ms)], look)
        for moment, look in zip(found, looks, strict=True)
    ]
    key = [(look, _when(moment, result.rounds)) for moment, look in zip(found, looks, strict=True)]
    return chart(frame, lines, "The front after some of the evaluations", key)


def hypervolume_chart(result: RunResult) -> str:
    """Returns the hypervolume over the evaluations, with its reference point in words; nothing without a search."""
    if not _has_course(result):
        return ""
    reference, total = ReferencePoint.of(result.evaluations), len(result.evaluations)
    if not reference.area:
        return ""
    found = [
        (float(one.evaluations), reference.share(one.front))
        for one in moments(result.evaluations, spread_counts((), total))
    ]
    frame = Frame(Axis("evaluated architectures", 0.0, float(total)), Axis("hypervolume", 0.0, 1.0, as_percent=True))
    words = (
        f"The reference point is {significant(reference.latency_ms)} ms and {in_percent(reference.accuracy)}%, the"
        " slowest and the lowest of all evaluations. 100% would be one architecture that is as fast as the fastest and"
        " as accurate as the most accurate one."
    )
    return f"<p>{escape(words)}</p>" + chart(frame, [step_line(frame, found, "accent")], "Hypervolume")


def _has_course(result: RunResult) -> bool:
    return len(result.evaluations) >= LEAST and not result.adapted


def _end(moment: Moment, slowest_ms: float) -> tuple[float, float]:
    """Returns the right end of a front's line, which every slower architecture is below."""
    return max(slowest_ms, moment.front[-1].latency_ms), moment.front[-1].accuracy


def _when(moment: Moment, rounds: Sequence[int]) -> str:
    generation = f" (round {rounds.index(moment.evaluations) + 1})" if moment.evaluations in rounds else ""
    return f"after {counted(moment.evaluations, 'evaluation')}{generation}"
