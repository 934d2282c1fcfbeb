"""Charts of latency: by kind of operation, over a search, and of the latency table's making."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mobilenas.hardware import Validation
from mobilenas.report import NetworkResult, RunResult
from mobilenas.report.charts.device_speed import device_speed_chart, running_medians
from mobilenas.report.charts.latency_history import latency_history_chart
from mobilenas.report.charts.operations import operations_chart
from mobilenas.report.charts.samples import samples_chart
from mobilenas.report.charts.sections import SECTIONS, chart_sections
from mobilenas.report.charts.validation import errors_in_words, residuals_chart, residuals_ms, validation_chart
from tests.report.charts.reading import numbers, of_class, parsed, titles, words

VALIDATION = Validation((1.0, 2.0, 3.0), (1.1, 1.9, 3.1), (1.0, 2.0, 3.0))  # off by 0.1 of 2.0 on average


def test_the_shares_of_each_network_fill_its_bar(result: RunResult) -> None:
    boxes = list(parsed(operations_chart(result)).iter("rect"))
    rows: dict[str, list[tuple[float, float]]] = {}
    for one in boxes:
        rows.setdefault(one.get("y") or "", []).append((float(one.get("x") or 0), float(one.get("width") or 0)))
    assert len(rows) == len(result.networks)
    for parts in rows.values():
        assert sum(width for _, width in parts) == pytest.approx(480 - 28, abs=0.3)
        for (left, width), (following, _) in pairwise(parts):
            assert left + width == pytest.approx(following, abs=0.11)


def test_a_share_is_that_of_the_networks_own_time(result: RunResult) -> None:
    networks = (
        NetworkResult(result.networks[0].spec, kinds_ms={"conv 1x1": 3.0, "pooling": 1.0}),
        NetworkResult(result.networks[1].spec, kinds_ms={"conv 1x1": 1.0, "a new kind": 1.0}),
    )
    drawn = operations_chart(replace(result, networks=networks))
    assert titles(drawn) == [
        "moga-1: conv 1x1 3.00 ms, 75.0%",
        "moga-1: pooling 1.00 ms, 25.0%",
        "moga-2: conv 1x1 1.00 ms, 50.0%",
        "moga-2: a new kind 1.00 ms, 50.0%",
    ]
    assert len(of_class(drawn, "rect", "kind-9")) == 1  # a kind without a colour of its own


def test_every_sampled_architecture_is_counted_once_and_the_target_is_drawn(result: RunResult) -> None:
    drawn = samples_chart(replace(result, target_ms=0.25))
    counts = [int(title.rpartition(": ")[2].split()[0]) for title in titles(drawn)]
    assert sum(counts) == len(result.evaluations)
    (target,) = of_class(drawn, "path", "line dashed")
    slower = sum(one.latency_ms > 0.25 for one in result.evaluations)
    lefts = [float(one.get("x") or 0) for one in parsed(drawn).iter("rect")]
    right_of = sum(count for left, count in zip(lefts, counts, strict=True) if left >= numbers(target)[0])
    assert right_of <= slower <= right_of + max(counts)


def test_only_a_search_for_a_reward_shows_what_it_sampled(result: RunResult) -> None:
    assert samples_chart(result) == ""
    assert samples_chart(replace(result, target_ms=1.0, adapted=True)) == ""
    assert samples_chart(replace(result, target_ms=1.0, history=((1.0, 1.0),))) == ""


def test_the_history_has_both_latencies_at_every_epoch(result: RunResult) -> None:
    history = ((3.0, 4.0), (2.5, 2.0), (2.0, 2.0))
    drawn = latency_history_chart(replace(result, history=history, target_ms=1.5))
    (expected,), (derived,) = of_class(drawn, "path", "line ink"), of_class(drawn, "path", "line accent")
    heights = numbers(expected)[1::2]
    assert (heights[1] - heights[0]) == pytest.approx(heights[2] - heights[1], abs=0.11)
    steps = numbers(derived)  # x and y of the first epoch, then x and y of each other epoch
    assert steps[3] == steps[5] > steps[1]
    assert latency_history_chart(replace(result, history=history[:1])) and latency_history_chart(result) == ""


def test_each_measured_network_stands_at_both_of_its_latencies() -> None:
    drawn = validation_chart(VALIDATION)
    circles = of_class(drawn, "circle", "dot")
    (equal,) = of_class(drawn, "path", "line dashed")
    x0, y0, x1, y1 = numbers(equal)
    for circle, measured, predicted in zip(circles, VALIDATION.measured_ms, VALIDATION.predicted_ms, strict=True):
        x, y = float(circle.get("cx") or 0), float(circle.get("cy") or 0)
        on_line = y0 + (x - x0) / (x1 - x0) * (y1 - y0)
        assert (y < on_line) == (predicted > measured)


def test_the_error_of_the_predictions_stands_in_words() -> None:
    assert errors_in_words(VALIDATION) == "RMSE 0.10 ms (5.0%), Kendall's rank correlation 1.00, 3 random networks."


def test_a_residual_is_the_predicted_less_the_measured_latency() -> None:
    assert residuals_ms(VALIDATION) == pytest.approx([0.1, -0.1, 0.1])
    drawn = residuals_chart(VALIDATION)
    assert titles(drawn) == ["network 1: +0.1 ms", "network 2: -0.1 ms", "network 3: +0.1 ms"]
    (zero,) = of_class(drawn, "path", "line dashed")
    above = [float(one.get("cy") or 0) < numbers(zero)[1] for one in of_class(drawn, "circle", "dot")]
    assert above == [True, False, True]


def test_the_median_of_the_visits_follows_a_device_that_becomes_slower() -> None:
    medians = running_medians([1.0] * 100 + [1.5] * 100)
    assert medians[0][1] == 1.0 and medians[-1][1] == 1.5
    assert {median for _, median in medians} in ({1.0, 1.5}, {1.0, 1.25, 1.5})
    assert all(0 < place < 200 for place, _ in medians)


def test_the_line_stays_in_its_picture_where_a_few_visits_were_very_slow() -> None:
    drawn = device_speed_chart([6.0, 5.8] + [1.0] * 60)
    (median,) = of_class(drawn, "polyline", "line accent") or of_class(drawn, "path", "line accent")
    heights = numbers(median)[1::2]
    assert min(heights) >= 0


def test_very_many_visits_are_thinned_out_and_that_is_said() -> None:
    values = np.random.default_rng(0).lognormal(0, 0.1, 40_000).tolist()
    drawn = device_speed_chart(values)
    assert len(drawn) < 60_000
    assert any("one visit of" in said for said in words(drawn))
    assert device_speed_chart([1.0]) and device_speed_chart([]) == ""


def test_every_section_has_a_name_of_its_own_and_is_left_out_where_nothing_was_found_out(bare: RunResult) -> None:
    names = [one.title for one in SECTIONS]
    assert len(set(names)) == len(names)
    assert list(chart_sections(bare)) == []


def test_each_section_is_closed(result: RunResult) -> None:
    sections = list(chart_sections(result))
    assert sections
    for _, content, _ in sections:
        parsed(content)
