"""Charts of the course of a search."""

import re
from dataclasses import replace

from mobilenas.report import RunResult
from mobilenas.report.charts.search_course import front_course_chart, hypervolume_chart
from tests.report.charts.reading import numbers, of_class, words


def test_the_last_front_is_the_strongest_and_each_is_named(result: RunResult) -> None:
    drawn = front_course_chart(replace(result, rounds=(40, 75, 110, 150)))
    lines = of_class(drawn, "path", "line accent")
    assert [re.findall(r"strength-\d", one.get("class") or "") for one in lines] == [
        [f"strength-{n}"] for n in (2, 3, 4, 5)
    ]
    assert [one for one in words(drawn) if one.startswith("after")] == [
        f"after {count} evaluations (round {number})" for number, count in enumerate((40, 75, 110, 150), 1)
    ]


def test_a_record_without_rounds_has_fronts_too(result: RunResult) -> None:
    said = words(front_course_chart(result))
    assert [one for one in said if one.startswith("after")] == [
        f"after {n} evaluations" for n in (30, 60, 90, 120, 150)
    ]


def test_the_hypervolume_never_falls(result: RunResult) -> None:
    drawn = hypervolume_chart(result)
    (path,) = of_class(drawn, "path", "line accent")
    heights = numbers(path)[1::2]
    assert heights == sorted(heights, reverse=True) and heights[0] > heights[-1]


def test_the_reference_point_is_stated(result: RunResult) -> None:
    slowest, worst = max(one.latency_ms for one in result.evaluations), min(one.accuracy for one in result.evaluations)
    (said,) = [one for one in words(hypervolume_chart(result)) if "reference point" in one]
    assert f"{slowest:.3f} ms" in said and f"{100 * worst:.1f}%" in said


def test_only_a_search_has_a_course(result: RunResult) -> None:
    for other in (replace(result, adapted=True), replace(result, evaluations=result.evaluations[:9])):
        assert front_course_chart(other) == hypervolume_chart(other) == ""
