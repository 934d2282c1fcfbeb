"""Transforms: each changes what it says, and nothing else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mobilenas.network.published import load_network, network_names
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import resized, scale_hidden, scale_width, set_classes, set_resolution, unstride
from mobilenas.ops import Conv, MBConv, Pool, Shape
from mobilenas.search_space import ProxylessCifar

LARGE = load_network("mobilenet_v3_large")
HEADLESS = NetworkSpec(Shape(3, 8, 8), (Conv(8, kernel=3), Pool(kernel=3, stride=2)), name="headless")


@pytest.mark.parametrize("name", network_names())
@pytest.mark.parametrize(
    "change",
    [
        lambda network: scale_width(network, 1),
        lambda network: scale_hidden(network, 1.0),
        lambda network: set_resolution(network, network.input.height),
        lambda network: set_classes(network, 1000),
        lambda network: unstride(network, 0),
    ],
    ids=["width", "hidden", "resolution", "classes", "unstride"],
)
def test_a_change_to_what_it_was_changes_nothing(name: str, change: Callable[[NetworkSpec], NetworkSpec]) -> None:
    network = load_network(name)
    assert change(network) == network


def test_a_width_of_one_keeps_channels_that_no_eight_divides() -> None:
    network = NetworkSpec(Shape(3, 8, 8), (Conv(13, kernel=3), MBConv(13, kernel=3, expanded=37, residual=True)))
    assert scale_width(network, 1.0) == network


# Half of V3-Large: 16, 24, 40, 80, 112, 160 and 960 made divisible by 8, and the ratios of its Table 1.
def test_channels_are_scaled_and_expanded_channels_follow() -> None:
    half = scale_width(LARGE, 0.5)
    outs = [op.out for op in half.ops if isinstance(op, Conv | MBConv)]
    assert outs == [8, 8, 16, 16, 24, 24, 24, 40, 40, 40, 40, 56, 56, 80, 80, 80, 480]
    expanded = [op.expanded for op in half.ops if isinstance(op, MBConv)]
    assert expanded == [None, 32, 48, 48, 72, 72, 144, 104, 96, 96, 240, 336, 336, 480, 480]


@pytest.mark.parametrize(
    ("scaling", "width", "out"),
    [("scaled", 0.5, 32), ("scaled", 2.0, 128), ("up_only", 0.5, 64), ("up_only", 2.0, 128), ("fixed", 2.0, 64)],
)
def test_a_convolution_scales_as_it_says(scaling: str, width: float, out: int) -> None:
    network = NetworkSpec(Shape(3, 8, 8), (Conv(64, kernel=3, scaling=scaling),))
    assert scale_width(network, width).ops[0] == Conv(out, kernel=3, scaling=scaling)


def test_width_leaves_the_classifier_as_it_is() -> None:
    assert scale_width(LARGE, 0.35).ops[-1] == LARGE.ops[-1]


# MobileNetV3-Large has stride 2 at its layers 0, 2, 4, 7 and 13.
@pytest.mark.parametrize(("places", "side"), [(0, 1), (1, 2), (2, 4), (3, 8), (5, 32), (9, 32)])
def test_strides_are_taken_from_the_first_places(places: int, side: int) -> None:
    network = unstride(set_resolution(LARGE, 32), places)
    assert network.layers[-1].input == Shape(960, side, side)
    strides = [op.stride for op in network.ops if isinstance(op, Conv | MBConv)]
    assert [layer for layer, stride in enumerate(strides) if stride == 2] == [0, 2, 4, 7, 13][places:]


def test_the_stride_of_a_pooling_can_be_taken_too() -> None:
    assert [unstride(HEADLESS, places).layers[-1].output.height for places in (0, 1)] == [4, 8]


def test_the_stride_of_a_tree_can_be_taken_too() -> None:
    network = ProxylessCifar(blocks=1, channels=64).space().network([1] * 36)  # the first of each stage but the first
    strides = [[op.stride for op in unstride(network, places).ops] for places in range(4)]
    assert strides == [[1, 1, 2, 2, 1, 1], [1, 1, 1, 2, 1, 1], [1] * 6, [1] * 6]


def test_strides_and_resolution_cost_no_parameters() -> None:
    assert unstride(set_resolution(LARGE, 32), 3).params == LARGE.params


def test_classes_change_the_last_layer_alone() -> None:
    network = set_classes(LARGE, 10)
    assert network.classes == 10 and network.ops[:-1] == LARGE.ops[:-1]
    assert LARGE.params - network.params == 990 * (1280 + 1)


def test_the_hidden_layer_is_scaled_and_made_divisible() -> None:
    network = scale_hidden(LARGE, 0.33)
    assert network.ops[-1] == replace(LARGE.ops[-1], hidden=424) and network.ops[:-1] == LARGE.ops[:-1]


def test_without_a_hidden_layer_there_is_none_to_scale() -> None:
    network = load_network("mobilenet_v2")
    assert scale_hidden(network, 0.5) == network


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: set_classes(HEADLESS, 10), "The last layer of headless is pool; it must be a classifier"),
        (lambda: scale_hidden(HEADLESS, 0.5), "The last layer of headless is pool"),
        (lambda: set_classes(LARGE, 0), "classes must be a whole number above 0"),
        (lambda: set_resolution(LARGE, 0), "mobilenet_v3_large: resolution must be a whole number above 0, not 0"),
        (lambda: scale_width(LARGE, 0), "mobilenet_v3_large: width must be a number above 0, not 0"),
        (lambda: scale_width(LARGE, float("nan")), "width must be a number above 0, not nan"),
        (lambda: scale_hidden(LARGE, -1), "hidden must be a number above 0, not -1"),
        (lambda: unstride(LARGE, -1), "0 or more, not -1"),
    ],
)
def test_an_impossible_change_is_refused(change: Callable[[], NetworkSpec], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        change()


def test_a_transform_keeps_the_name_and_the_batch_norm() -> None:
    network = set_classes(scale_width(unstride(set_resolution(LARGE, 32), 1), 0.5), 10)
    assert (network.name, network.norm) == (LARGE.name, LARGE.norm)


def test_another_size_is_all_changes_at_once() -> None:
    network = resized(LARGE, classes=10, resolution=32, width=0.35, hidden=0.25, unstrided=2)
    assert network.ops[-1] == replace(LARGE.ops[-1], classes=10, hidden=320)
    assert network.layers[-1].input == Shape(336, 4, 4)
    assert network == scale_width(unstride(set_resolution(scale_hidden(set_classes(LARGE, 10), 0.25), 32), 2), 0.35)
