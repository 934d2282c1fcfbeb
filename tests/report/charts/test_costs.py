"""What a run has cost, and what it would cost for several devices."""

from dataclasses import replace

import pytest

from mobilenas.report import RunResult
from mobilenas.report.charts.costs import costs_for_devices, costs_section
from mobilenas.report.result import StageEffort
from tests.report.charts.reading import numbers, of_class, words

COSTS = (
    StageEffort("profile", 20.0),
    StageEffort("supernet", 600.0),
    StageEffort("search", 40.0, 290),
    StageEffort("retrain", 7200.0),
    StageEffort("quantize", None),
)


@pytest.mark.parametrize("devices", [1, 2, 22])
def test_the_supernet_is_paid_once_or_for_each_device(devices: int) -> None:
    assert costs_for_devices(COSTS, devices) == (600 + devices * 60, devices * 660)


def test_costs_are_unknown_without_a_search_by_a_supernet_or_without_a_time() -> None:
    assert costs_for_devices(COSTS[:2], 3) is None
    assert costs_for_devices((*COSTS[:2], StageEffort("search", None)), 3) is None
    with_parent = costs_for_devices((StageEffort("parent", 100.0), *COSTS), 2)
    assert with_parent == (700 + 2 * 60, 2 * 760)


def test_the_table_has_each_stage_with_its_time(result: RunResult) -> None:
    said = words(costs_section(replace(result, costs=COSTS)))
    rows = {stage: said[said.index(stage) + 1] for stage in ("profile", "supernet", "search", "retrain", "quantize")}
    assert rows == {"profile": "20 s", "supernet": "10 min", "search": "40 s", "retrain": "2.0 h", "quantize": "—"}
    assert "290" in said


def test_both_ways_cost_the_same_for_one_device_and_grow_apart(result: RunResult) -> None:
    drawn = costs_section(replace(result, costs=COSTS))
    (own,), (again,) = of_class(drawn, "path", "line accent"), of_class(drawn, "path", "line dashed")
    assert numbers(own)[:2] == numbers(again)[:2]
    assert numbers(own)[-1] > numbers(again)[-1]  # lower in the chart
    assert "For 10 devices, this search would take 20 min" in " ".join(words(drawn))


def test_a_supernet_that_learned_for_one_device_is_trained_for_each(result: RunResult) -> None:
    drawn = costs_section(replace(result, costs=COSTS, history=((1.0, 1.0),)))
    assert "every device would restart the whole search: 11 min for each" in drawn and "<svg" not in drawn


def test_nothing_is_shown_where_no_time_is_known(result: RunResult) -> None:
    assert costs_section(result) == costs_section(replace(result, costs=(StageEffort("search", None, 5),))) == ""
