"""Front and breakdown as pictures, and all pictures as PNG."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from PIL import Image

from mobilenas.evaluation import Evaluation
from mobilenas.report import NetworkResult, RunResult
from mobilenas.report.front_figure import front_figure, frontier, latency_axis
from mobilenas.report.kinds_figure import kinds_figure
from mobilenas.report.page_data import page_data
from mobilenas.report.pictures import pictures


def points(axes: Axes, index: int) -> set[tuple[float, float]]:
    dots = [collection for collection in axes.collections if isinstance(collection, PathCollection)]
    return {(x, y) for x, y in np.asarray(dots[index].get_offsets(), dtype=float).tolist()}


def places(evaluations: tuple[Evaluation, ...]) -> set[tuple[float, float]]:
    return {(one.latency_ms, one.accuracy) for one in evaluations}


def test_every_evaluation_is_one_dot_and_those_on_the_front_stand_out(result: RunResult) -> None:
    axes = front_figure(result).axes[0]
    assert points(axes, 1) == places(result.front)
    assert points(axes, 0) == places(result.evaluations) - places(result.front)


def test_the_chosen_networks_are_named_where_they_stand(result: RunResult) -> None:
    names = {text.get_text(): text.xy for text in front_figure(result).axes[0].texts if hasattr(text, "xy")}
    assert names == {
        one.name: (one.evaluation.latency_ms, one.evaluation.accuracy) for one in result.networks if one.evaluation
    }


@pytest.fixture(scope="module")
def adapted(result: RunResult) -> RunResult:
    """A run of NetAdapt on a device that is at hand: the networks that were taken are measured."""
    taken = tuple(replace(one, measured=True) for one in result.front)
    others = tuple(one for one in result.evaluations if one not in result.front)
    return replace(result, adapted=True, evaluations=(*others, *taken), front=taken, target_ms=0.2)


def test_the_axis_says_what_kind_of_latency_it_is(result: RunResult, adapted: RunResult) -> None:
    measured = replace(adapted, evaluations=adapted.front)
    assert latency_axis(result) == "predicted latency in ms"
    assert latency_axis(adapted) == "latency, predicted or measured, in ms"
    assert latency_axis(measured) == "measured latency in ms"


def test_the_axis_says_how_many_images_the_latency_is_of(result: RunResult, adapted: RunResult) -> None:
    assert latency_axis(replace(result, images_a_run=8)) == "predicted latency in ms for 8 images"
    assert latency_axis(replace(adapted, images_a_run=8)) == "latency, predicted or measured, in ms for 8 images"


def test_the_picture_and_the_one_to_point_at_have_the_same_axis(adapted: RunResult) -> None:
    eight = replace(adapted, images_a_run=8)
    assert front_figure(eight).axes[0].get_xlabel() == latency_axis(eight)
    assert page_data(eight)["words"]["latency"] == latency_axis(eight)


def test_a_measured_network_has_one_dot(adapted: RunResult) -> None:
    axes = front_figure(adapted).axes[0]
    assert points(axes, 1) == places(adapted.front)
    assert points(axes, 0) == places(adapted.evaluations) - places(adapted.front)


def test_the_curve_holds_the_most_accurate_of_all_that_are_as_fast(result: RunResult) -> None:
    curve = frontier(result.front)
    for evaluation in result.evaluations:
        rivals = [one for one in result.evaluations if one.latency_ms <= evaluation.latency_ms]
        assert (evaluation in curve) == (evaluation == max(rivals, key=lambda one: one.accuracy))


def test_a_search_with_a_single_evaluation_has_a_picture(result: RunResult) -> None:
    alone = replace(result, evaluations=result.front[:1], front=result.front[:1], networks=result.networks[:1])
    assert len(points(front_figure(alone).axes[0], 1)) == 1


def test_the_shares_of_each_network_fill_its_bar(result: RunResult) -> None:
    axes = kinds_figure(result.networks).axes[0]
    for row in range(len(result.networks)):
        bars = [container.patches[row] for container in axes.containers if isinstance(container, BarContainer)]
        assert sum(bar.get_width() for bar in bars) == pytest.approx(1)
        assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(1)


def test_a_share_is_that_of_the_networks_own_time(result: RunResult) -> None:
    networks = [
        NetworkResult(result.networks[0].spec, kinds_ms={"conv 1x1": 3.0, "pooling": 1.0}),
        NetworkResult(result.networks[1].spec, kinds_ms={"conv 1x1": 1.0, "a new kind": 1.0}),
    ]
    widths = {one.get_label(): [bar.get_width() for bar in one] for one in kinds_figure(networks).axes[0].containers}
    assert widths == {"conv 1x1": [0.75, 0.5], "pooling": [0.25, 0.0], "a new kind": [0.0, 0.5]}


def test_every_picture_is_a_png_of_its_size(result: RunResult) -> None:
    drawn = {name: Image.open(BytesIO(png)) for name, png in pictures(result).items()}
    assert {image.format for image in drawn.values()} == {"PNG"}
    assert drawn["front.png"].size == (1050, 660)


def test_the_same_result_gives_the_same_pictures(result: RunResult) -> None:
    assert pictures(result) == pictures(result)


def test_what_was_not_found_out_has_no_picture(bare: RunResult) -> None:
    assert pictures(bare) == {}


def test_a_name_is_no_formula(result: RunResult, renamed: Callable[[RunResult, str], RunResult]) -> None:
    assert pictures(renamed(result, "$x_$ and $\\nothing$"))
