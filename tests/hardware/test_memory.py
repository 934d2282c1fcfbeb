"""The memory of maps against sums by hand: which maps an operation needs while it runs."""

import numpy as np
import pytest

from mobilenas.hardware.memory import layer_numbers, memories_mb, memory_mb
from mobilenas.network import Layer, NetworkSpec, load_network
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape, SqueezeExcite
from mobilenas.search_space import FBNet, LayerwiseSpace, MoGA

MAP = Shape(24, 8, 8)


@pytest.mark.parametrize(
    ("op", "numbers"),
    [
        (Conv(16, 3, stride=2), 24 * 64 + 16 * 16),
        (Conv(16, 1, act="h_swish"), (24 + 16) * 64),  # an activation is done in place
        (MBConv(24, 3, expanded=72), (72 + 72) * 64),  # the depthwise convolution; the input is not read again
        (MBConv(24, 3, expanded=72, residual=True), (24 + 72 + 72) * 64),  # the input waits for the addition
        (MBConv(40, 5, expanded=72, stride=2), (24 + 72) * 64),  # the expansion needs more than the depthwise one
        (MBConv(24, 3, expanded=72, se=SqueezeExcite()), (72 + 72) * 64 + 72),  # the gated map, the map, the gates
        (Classifier(10), 24 * 64 + 24),
    ],
)
def test_a_layer_needs_the_maps_that_are_read_later(op: Op, numbers: int) -> None:
    assert layer_numbers(Layer(op, MAP)) == numbers


def test_mobilenet_v2_needs_most_in_its_second_block() -> None:
    """Its expanded map of 96 channels and 112 pixels, and the map that the depthwise convolution makes of it."""
    assert memory_mb(load_network("mobilenet_v2")) == 4 * 96 * (112**2 + 56**2) / 1e6


def test_a_network_needs_what_its_largest_layer_needs() -> None:
    ops = (Conv(8, 3), Conv(2, 1), Classifier(10))
    assert memory_mb(NetworkSpec(Shape(3, 10, 10), ops)) == 4 * (3 + 8) * 100 / 1e6


@pytest.mark.parametrize(
    "space",
    [
        MoGA(0.25, stages=2, blocks=2).space(10, 32),
        FBNet(1.0, stages=3, blocks=2).space(10, 64),
    ],
    ids=["moga", "fbnet"],
)
def test_many_architectures_at_once_have_the_memory_of_their_networks(space: LayerwiseSpace) -> None:
    drawn = [tuple(map(int, row)) for row in space.sample(30, np.random.default_rng(0))]
    assert memories_mb(space, drawn).tolist() == [memory_mb(space.network(one)) for one in drawn]
    assert len(set(memories_mb(space, drawn))) > 1
