"""Draws charts as SVG within a page: it has the page's colours, grows with the screen and needs no script.

A *look* is a class of ``charts.css``: ``accent``, ``ink``, ``muted``, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from mobilenas.report.axes import Axis

Points = Iterable[tuple[float, float]]
"""Figures on both axes."""

LETTER, LINE = 6.7, 14.0
"""The width of a digit and the height of a line, in units of the chart."""

TOP, RIGHT, BOTTOM, LEFT = 12.0, 14.0, 44.0, 38.0


@dataclass(frozen=True)
class Frame:
    """The axes of a chart and its size; on a screen as wide as the chart a unit is a pixel.

    Args:
        x: the horizontal axis
        y: the vertical axis; None has no ticks, for rows of bars
        width: the width of the chart
        height: the height of the chart
    """

    x: Axis
    y: Axis | None
    width: float = 480.0
    height: float = 300.0

    @property
    def left(self) -> float:
        """Where the area of the figures begins."""
        if self.y is None:
            return RIGHT
        return LEFT + LETTER * max((len(label) for label in self.y.labels), default=0)

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.width - RIGHT

    @property
    def bottom(self) -> float:
        return self.height - BOTTOM

    def at(self, x: float) -> float:
        """Returns how far right a figure stands."""
        return self.left + self.x.share(x) * (self.right - self.left)

    def down(self, y: float) -> float:
        """Returns how far down a figure stands."""
        assert self.y
        return self.bottom - self.y.share(y) * (self.bottom - TOP)


def line(frame: Frame, points: Points, look: str, is_dashed: bool = False) -> str:
    """Returns a line through points, in their order."""
    return _path(_joined(frame, points), f"line {look}{' dashed' * is_dashed}")


def step_line(frame: Frame, points: Points, look: str) -> str:
    """Returns a line that keeps the height of each point until the next one."""
    first, *others = [(frame.at(x), frame.down(y)) for x, y in points]
    return _path(f"M{_pair(*first)}" + "".join(f"H{placed(x)}V{placed(y)}" for x, y in others), f"line {look}")


def dots(frame: Frame, points: Points, look: str, titles: Sequence[str] = (), radius: float = 3.5) -> str:
    """Returns a dot for each point; with titles, each says one when it is pointed at."""
    places = [(frame.at(x), frame.down(y)) for x, y in points]
    if not titles:
        drawn = "".join(f"M{_pair(*place)}h0" for place in places)
        return f'<path class="dots {look}" stroke-width="{placed(2 * radius)}" d="{drawn}"/>'
    circle = '<circle class="dot {}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>'
    return "".join(
        circle.format(look, placed(x), placed(y), placed(radius), escape(title))
        for (x, y), title in zip(places, titles, strict=True)
    )


def error_bars(frame: Frame, points: Points, errors: Iterable[float], look: str) -> str:
    """Returns a vertical bar for each point, from its figure less its error to its figure plus its error."""
    drawn = (
        f"M{placed(frame.at(x))} {placed(frame.down(y - error))}V{placed(frame.down(y + error))}"
        for (x, y), error in zip(points, errors, strict=True)
    )
    return _path("".join(drawn), f"line {look}")


def rule(frame: Frame, figure: float, is_vertical: bool = False) -> str:
    """Returns a dashed line at a figure of the vertical axis, or at one of the horizontal axis if it is vertical."""
    place = placed(frame.at(figure) if is_vertical else frame.down(figure))
    drawn = f"M{place} {placed(TOP)}V{placed(frame.bottom)}"
    return _path(drawn if is_vertical else f"M{placed(frame.left)} {place}H{placed(frame.right)}", "line muted dashed")


def box(left: float, top: float, width: float, height: float, look: str, title: str = "", strength: float = 1.0) -> str:
    """Returns a rectangle in units of the chart, which says its title when it is pointed at.

    Args:
        left: where it begins
        top: where it begins
        width: how wide it is
        height: how high it is
        look: the look of its area
        title: what it says
        strength: of its colour, in [0, 1]
    """
    sizes = zip(("x", "y", "width", "height"), (left, top, width, height), strict=True)
    sized = " ".join(f'{name}="{placed(size)}"' for name, size in sizes)
    said = f"<title>{escape(title)}</title>" if title else ""
    weak = f' fill-opacity="{strength:.2f}"' if strength < 1 else ""
    return f'<rect class="{look}" {sized}{weak}>{said}</rect>'


def text(x: float, y: float, words: str, look: str = "", anchor: str = "start") -> str:
    """Returns words at a place in units of the chart."""
    return f'<text class="{look}" x="{placed(x)}" y="{placed(y)}" text-anchor="{anchor}">{escape(words)}</text>'


def chart(frame: Frame, marks: Iterable[str], label: str, key: Sequence[tuple[str, str]] = ()) -> str:
    """Returns a figure of the page.

    Args:
        frame: the axes
        marks: what is drawn within them, from the back to the front
        label: what the chart shows, for those who do not see it
        key: a look and a word for each kind of marks
    """
    return figure(frame.width, frame.height, [*_axes(frame), *marks], label, key)


def figure(
    width: float, height: float, marks: Iterable[str], label: str, key: Sequence[tuple[str, str]] = (), kind: str = ""
) -> str:
    """Returns a figure of the page without axes; see ``chart``."""
    head = f'<svg viewBox="0 0 {placed(width)} {placed(height)}" role="img" aria-label="{escape(label)}">'
    entries = "".join(f'<span><i class="{look}"></i>{escape(words)}</span>' for look, words in key)
    words = f'<figcaption class="key">{entries}</figcaption>' if key else ""
    return f'<figure class="chart{kind and f" {kind}"}">{head}{"".join(marks)}</svg>{words}</figure>'


def placed(size: float) -> str:
    """Returns a place or a size with one decimal, and without it if it is 0."""
    words = f"{size:.1f}".removesuffix(".0")
    return "0" if words == "-0" else words


def _axes(frame: Frame) -> Iterable[str]:
    middle, foot = (frame.left + frame.right) / 2, frame.height
    ticks = [(frame.at(tick), label) for tick, label in zip(frame.x.ticks, frame.x.labels, strict=True)]
    yield _path("".join(f"M{placed(x)} {placed(TOP)}V{placed(frame.bottom)}" for x, _ in ticks), "grid")
    yield "".join(text(x, frame.bottom + LINE + 3, label, "tick", "middle") for x, label in ticks)
    yield text(middle, foot - 8, frame.x.title, "title", "middle")
    if frame.y is None:
        return
    rows = [(frame.down(tick), label) for tick, label in zip(frame.y.ticks, frame.y.labels, strict=True)]
    yield _path("".join(f"M{placed(frame.left)} {placed(y)}H{placed(frame.right)}" for y, _ in rows), "grid")
    yield "".join(text(frame.left - 6, y + 4, label, "tick", "end") for y, label in rows)
    turned = f'transform="rotate(-90)" x="{placed(-(TOP + frame.bottom) / 2)}" y="{placed(LINE)}" text-anchor="middle"'
    yield f'<text class="title" {turned}>{escape(frame.y.title)}</text>'


def _joined(frame: Frame, points: Points) -> str:
    return "M" + "L".join(_pair(frame.at(x), frame.down(y)) for x, y in points)


def _pair(x: float, y: float) -> str:
    return f"{placed(x)} {placed(y)}"


def _path(drawn: str, look: str) -> str:
    return f'<path class="{look}" d="{drawn}"/>'
