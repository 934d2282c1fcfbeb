"""Charts as SVG: what is drawn stands where its figures are."""

import pytest

from mobilenas.report.axes import Axis
from mobilenas.report.svg import Frame, chart, dots, error_bars, line, placed, rule, step_line
from tests.report.charts.reading import numbers, of_class, parsed, titles

FRAME = Frame(Axis("x", 0.0, 10.0), Axis("y", -1.0, 1.0))
POINTS = [(0.0, -1.0), (2.5, 0.0), (10.0, 1.0)]


def places() -> list[tuple[float, float]]:
    """Where the points are: a share of the area between the ends of the axes, by hand."""
    wide, high = FRAME.right - FRAME.left, FRAME.bottom - 12.0
    return [(FRAME.left + x / 10 * wide, FRAME.bottom - (y + 1) / 2 * high) for x, y in POINTS]


def pairs(figures: list[float]) -> list[tuple[float, float]]:
    return list(zip(figures[::2], figures[1::2], strict=True))


def test_each_dot_stands_at_its_figures_and_says_its_title() -> None:
    drawn = chart(FRAME, [dots(FRAME, POINTS, "accent", ["a", "b < c", "d"])], "dots")
    circles = of_class(drawn, "circle", "dot accent")
    found = [(float(one.get("cx") or 0), float(one.get("cy") or 0)) for one in circles]
    assert [pytest.approx(place, abs=0.05) for place in places()] == found
    assert titles(drawn) == ["a", "b < c", "d"]


def test_many_dots_without_titles_are_one_element_at_the_same_places() -> None:
    (path,) = of_class(dots(FRAME, POINTS, "muted"), "path", "dots muted")
    figures = numbers(path)
    assert pairs([one for number, one in enumerate(figures) if number % 3 < 2]) == [
        pytest.approx(place, abs=0.05) for place in places()
    ]


def test_a_line_goes_through_its_points_and_a_step_line_keeps_each_height() -> None:
    (path,) = of_class(line(FRAME, POINTS, "ink"), "path", "line ink")
    assert pairs(numbers(path)) == [pytest.approx(place, abs=0.05) for place in places()]
    (path,) = of_class(step_line(FRAME, POINTS, "ink"), "path", "line ink")
    (x0, y0), (x1, y1), (x2, y2) = places()
    assert numbers(path) == pytest.approx([x0, y0, x1, y1, x2, y2], abs=0.05)
    assert [letter for letter in path.get("d") or "" if letter.isalpha()] == ["M", "H", "V", "H", "V"]


def test_an_error_bar_goes_from_below_its_figure_to_above_it() -> None:
    (path,) = of_class(error_bars(FRAME, POINTS[1:2], [0.5], "accent"), "path", "accent")
    x, low, high = numbers(path)
    assert (x, (low + high) / 2) == pytest.approx(places()[1], abs=0.1)
    assert low - high == pytest.approx(0.5 * (FRAME.bottom - 12.0), abs=0.1)


def test_rules_cross_the_whole_area() -> None:
    (across,), (down,) = (
        of_class(rule(FRAME, 0.0, vertical), "path", "line dashed") for vertical in (False, True)
    )  # fmt: skip
    assert numbers(across) == pytest.approx([FRAME.left, places()[1][1], FRAME.right], abs=0.05)
    assert numbers(down) == pytest.approx([FRAME.left, 12.0, FRAME.bottom], abs=0.05)


def test_every_tick_has_its_label_and_the_axes_have_their_titles() -> None:
    drawn = chart(Frame(Axis("time & <ms>", 0.0, 4.0), Axis("share", 0.0, 1.0, as_percent=True)), [], "a label")
    said = [one.text for one in parsed(drawn).iter("text")]
    assert {"time & <ms>", "share", "0", "4", "0%", "100%"} <= set(said)


def test_a_chart_grows_with_the_screen_and_tells_what_it_shows() -> None:
    (svg,) = parsed(chart(FRAME, [], 'a "label"')).iter("svg")
    assert svg.get("viewBox") == "0 0 480 300"
    assert svg.get("width") is None and svg.get("aria-label") == 'a "label"' and svg.get("role") == "img"


def test_a_key_names_each_look() -> None:
    drawn = chart(FRAME, [], "chart", [("accent", "a < b"), ("muted", "target")])
    assert [(one.find("i").get("class"), "".join(one.itertext())) for one in parsed(drawn).iter("span")] == [  # type: ignore[union-attr]
        ("accent", "a < b"),
        ("muted", "target"),
    ]


@pytest.mark.parametrize(("size", "said"), [(0.0, "0"), (-0.04, "0"), (-0.06, "-0.1"), (12.0, "12"), (-10.25, "-10.2")])
def test_sizes_have_one_decimal_at_most(size: float, said: str) -> None:
    assert placed(size) == said
