"""Charts a network's time by kind of operation (MoGA, Fig. 1)."""

from collections.abc import Iterator, Sequence

from mobilenas.report.axes import Axis
from mobilenas.report.result import NetworkResult, RunResult
from mobilenas.report.svg import BOTTOM, TOP, Frame, box, chart, text
from mobilenas.report.units import significant

READABLE = 0.07
"""The share of the time from which on a figure fits into its part of the bar."""

LOOKS = (
    "conv 1x1", "conv kxk", "depthwise conv", "elementwise", "linear", "pooling", "normalization", "layout", "other",
)  # fmt: skip
"""The kinds that have a colour of their own; other ones have the last colour."""

_PLACES = {kind: place for place, kind in zip((1, 2, 3, 6, 4, 5, 7, 8, 9), LOOKS, strict=True)}
ROW, BAR = 46.0, 22.0


def operations_chart(result: RunResult) -> str:
    """Returns one bar for each network, with a part for each kind of operation, by falling share."""
    networks = [one for one in result.networks if one.kinds_ms]
    if not networks:
        return ""
    frame = Frame(Axis("share of the time of one forward pass", 0.0, 1.0, as_percent=True), None)
    frame = Frame(frame.x, None, height=TOP + ROW * len(networks) + BOTTOM)
    kinds = kinds_by_time(networks)
    marks = [mark for row, one in enumerate(networks) for mark in _bar(frame, one, row, kinds)]
    key = [(_look(kind), kind) for kind in kinds]
    return chart(frame, marks, "Time by kind of operation, a bar for each network", key)


def kinds_by_time(networks: Sequence[NetworkResult]) -> list[str]:
    """Returns all kinds of operations; kinds that take most time in all networks come first."""
    found = {kind: 0.0 for one in networks for kind in one.kinds_ms}
    return sorted(found, key=lambda kind: (-sum(one.kinds_ms.get(kind, 0.0) for one in networks), kind))


def _bar(frame: Frame, network: NetworkResult, row: int, kinds: Sequence[str]) -> Iterator[str]:
    whole_ms, begin, top = sum(network.kinds_ms.values()), 0.0, TOP + ROW * row
    yield text(frame.left, top + 12, network.name, "row")
    for kind in (kind for kind in kinds if kind in network.kinds_ms):
        share = network.kinds_ms[kind] / whole_ms
        left, right = frame.at(begin), frame.at(begin + share)
        said = f"{network.name}: {kind} {significant(network.kinds_ms[kind])} ms, {share:.1%}"
        yield box(left, top + 18, right - left, BAR, _look(kind), said)
        if share >= READABLE:
            yield text((left + right) / 2, top + 18 + BAR / 2 + 4, f"{share:.0%}", "inside", "middle")
        begin += share


def _look(kind: str) -> str:
    return f"kind-{_PLACES.get(kind, _PLACES['other'])}"
