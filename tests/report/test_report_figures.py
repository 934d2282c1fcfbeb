"""Front, breakdown and validation as pictures, and all pictures as PNG."""

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
from mobilenas.hardware import Validation
from mobilenas.report import NetworkResult, RunResult
from mobilenas.report.front_figure import front_figure, frontier, latency_axis
from mobilenas.report.front_plot import front_plot
from mobilenas.report.latency_figures import (
    errors_in_words,
    kinds_figure,
    samples_figure,
    speed_figure,
    validation_figure,
)
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
    assert f'"title":{{"text":"{latency_axis(eight)}"}}' in front_plot(eight)


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


def test_the_error_of_the_predictions_stands_in_their_picture() -> None:
    validation = Validation((1.0, 2.0, 3.0), (1.1, 2.1, 3.1), (1.0, 2.0, 3.0))  # off by 0.1 of 2.0 on average
    assert errors_in_words(validation) == "RMSE 0.10 ms (5.0%)\nKendall's rank correlation 1.00\n3 random networks"
    assert errors_in_words(validation) in [text.get_text() for text in validation_figure(validation).axes[0].texts]


def test_the_speed_of_the_device_is_drawn_over_the_order_of_measurement() -> None:
    slowness = [1.0] * 100 + [1.5] * 100
    points, line = speed_figure(slowness).axes[0].lines
    assert points.get_ydata().tolist() == slowness
    medians = line.get_ydata()
    assert (medians[0], medians[-1]) == (1.0, 1.5) and sorted(set(medians)) in ([1.0, 1.5], [1.0, 1.25, 1.5])


def test_both_axes_of_the_predictions_are_alike() -> None:
    axes = validation_figure(Validation((1.0, 5.0), (2.0, 4.0), (2.0, 4.0))).axes[0]
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_aspect() == 1


def test_every_picture_is_a_png_of_its_size(result: RunResult) -> None:
    drawn = {name: Image.open(BytesIO(png)) for name, png in pictures(result).items()}
    assert {image.format for image in drawn.values()} == {"PNG"}
    assert drawn["front.png"].size == (1050, 660)
    assert drawn["validation.png"].size == (720, 600)
    assert drawn["layers-moga-1.png"].width == 525
    assert drawn["layers-moga-1.png"].height == pytest.approx(150 * (0.95 + 10 * 0.25 + 0.42), abs=1)


def test_the_same_result_gives_the_same_pictures(result: RunResult) -> None:
    assert pictures(result) == pictures(result)


def test_what_was_not_found_out_has_no_picture(bare: RunResult) -> None:
    assert list(pictures(bare)) == ["layers-moga-1.png", "layers-moga-2.png", "layers-moga-3.png"]


def test_a_name_is_no_formula(result: RunResult, renamed: Callable[[RunResult, str], RunResult]) -> None:
    assert pictures(renamed(result, "$x_$ and $\\nothing$"))


def test_every_sampled_architecture_is_counted_once_and_the_target_is_drawn(result: RunResult) -> None:
    latencies_ms = [one.latency_ms for one in result.evaluations]
    axes = samples_figure(latencies_ms, 1.5).axes[0]
    (bars,) = (container for container in axes.containers if isinstance(container, BarContainer))
    heights = [bar.get_height() for bar in bars]
    edges = [bar.get_x() for bar in bars] + [bars[-1].get_x() + bars[-1].get_width()]
    assert heights == np.histogram(latencies_ms, edges)[0].tolist()
    assert sum(heights) == len(latencies_ms)
    assert axes.lines[0].get_xdata()[0] == 1.5


def test_a_search_for_a_reward_shows_what_it_sampled(result: RunResult) -> None:
    assert "samples.png" not in pictures(result)
    assert "samples.png" in pictures(replace(result, target_ms=1.5, history=()))
