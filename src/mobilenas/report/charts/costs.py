"""Shows what each stage has cost, and what a search costs for several devices (MoGA, Fig. 6)."""

from collections.abc import Sequence
from html import escape

from mobilenas.report.axes import Axis
from mobilenas.report.result import RunResult, StageEffort
from mobilenas.report.svg import Frame, chart, line
from mobilenas.report.table import MISSING
from mobilenas.report.units import significant

ONCE, EACH = ("parent", "supernet"), ("profile", "search")
"""The stages of a search that are done once for all devices, and those that each device needs."""

DEVICES = 10


def costs_section(result: RunResult) -> str:
    """Returns a table of the stages' times, and a chart of the cost over the number of devices."""
    if not any(one.seconds is not None for one in result.costs):
        return ""
    rows = "".join(_row(one) for one in result.costs)
    titles = "".join(f'<th scope="col">{title}</th>' for title in ("stage", *TITLES))
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
    return table + _devices(result)


def costs_for_devices(costs: Sequence[StageEffort], devices: int) -> tuple[float, float] | None:
    """Returns the seconds of searches for some devices: with one supernet for all, and with everything for each.

    It is None if the run has no supernet and search, or if a time is not known.
    """
    seconds = {one.stage: one.seconds for one in costs}
    if not {"profile", "supernet", "search"} <= seconds.keys():
        return None
    once = [seconds[stage] for stage in ONCE if stage in seconds]
    each = [seconds[stage] for stage in EACH]
    known = [one for one in (*once, *each) if one is not None]
    if len(known) < len(once) + len(each):
        return None
    shared_s, own_s = sum(known[: len(once)]), sum(known[len(once) :])
    return shared_s + devices * own_s, devices * (shared_s + own_s)


TITLES = ("time", "evaluations")


def _devices(result: RunResult) -> str:
    found = costs_for_devices(result.costs, DEVICES)
    if found is None:
        return ""
    if result.probabilities or result.history:
        return (
            "<p>The supernet was trained with the latency of this device. With this strategy every device would restart"
            f" the whole search: {_in_words(found[1] / DEVICES)} for each.</p>"
        )
    counts = range(1, DEVICES + 1)
    seconds = [both for count in counts if (both := costs_for_devices(result.costs, count))]
    ways = [[(float(n), way / 60) for n, way in zip(counts, own, strict=True)] for own in zip(*seconds, strict=True)]
    frame = Frame(Axis("devices", 0.0, float(DEVICES)), Axis("minutes", 0.0, 1.05 * max(found) / 60), height=260.0)
    marks = [line(frame, ways[1], "muted", is_dashed=True), line(frame, ways[0], "accent")]
    key = [("accent", "this run's way: one supernet for all devices"), ("muted", "everything again for each device")]
    words = (
        f"For {DEVICES} devices, this search would take {_in_words(found[0])}: the supernet is trained once, and each"
        f" device needs its own latency table and its own search. If each device needed a supernet of its own, it would"
        f" take {_in_words(found[1])}. The training of the chosen networks is not counted."
    )
    return f"<p>{escape(words)}</p>" + chart(frame, marks, "Cost of a search over the number of devices", key)


def _row(cost: StageEffort) -> str:
    time = MISSING if cost.seconds is None else _in_words(cost.seconds)
    evaluations = f"{cost.evaluations:,}" if cost.evaluations else MISSING
    cells = "".join(
        f'<td data-title="{title}">{text}</td>' for title, text in zip(TITLES, (time, evaluations), strict=True)
    )
    return f'<tr><th scope="row">{escape(cost.stage)}</th>{cells}</tr>'


def _in_words(seconds: float) -> str:
    if seconds < 120:
        return f"{significant(seconds, 2)} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
