"""The drawing of a network, layer by layer."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch

from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network, network_names
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Pool, Shape, Skip
from mobilenas.report.labels import short_label
from mobilenas.report.network_figure import block_colour, network_figure
from mobilenas.report.palette import NEUTRAL

SMALL = NetworkSpec(
    Shape(3, 16, 16),
    (Conv(8, 3), MBConv(8, 3), Skip(), MBConv(16, 5, stride=2, expanded=48), Pool(3, 2), Conv(64, 1), Classifier(10)),
    name="small",
)


def axes_of(network: NetworkSpec) -> Axes:
    (axes,) = network_figure(network).axes
    return axes


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def blocks(axes: Axes) -> Iterator[FancyBboxPatch]:
    return (patch for patch in axes.patches if isinstance(patch, FancyBboxPatch))


def lines(axes: Axes, colour: str, width: float) -> int:
    return sum(line.get_color() == colour and line.get_linewidth() == width for line in axes.lines)


@pytest.mark.parametrize("name", network_names())
def test_every_layer_of_a_published_network_has_its_labelled_block(name: str) -> None:
    network = load_network(name)
    axes = axes_of(network)
    assert len(list(blocks(axes))) == len(network.layers)
    assert [text for text in texts(axes) if text in {short_label(layer) for layer in network.layers}] == [
        short_label(layer) for layer in network.layers
    ]


@pytest.mark.parametrize("name", network_names())
def test_a_thick_line_stands_at_each_of_the_five_downsampling_points(name: str) -> None:
    assert lines(axes_of(load_network(name)), NEUTRAL, 2.6) == 5  # all published networks divide the side by 32


def test_the_size_of_the_map_stands_where_it_changes() -> None:
    assert [text for text in texts(axes_of(SMALL)) if "x" in text] == ["16x16", "8x8", "4x4", "1x1"]


def test_the_channels_stand_beside_each_layer() -> None:
    assert [text for text in texts(axes_of(SMALL)) if text.isdigit()] == ["3", "8", "8", "8", "16", "16", "64", "10"]


def test_more_channels_make_a_wider_block() -> None:
    widths = [block.get_width() for block in blocks(axes_of(SMALL))]
    channels = [layer.output.channels for layer in SMALL.layers]
    assert [width for _, width in sorted(zip(channels, widths, strict=True))] == sorted(widths)
    assert len(set(widths)) == len(set(channels))


def test_a_skipped_layer_is_hollow() -> None:
    hollow = [block.get_facecolor()[:3] == (1.0, 1.0, 1.0) for block in blocks(axes_of(SMALL))]
    assert hollow == [isinstance(op, Skip) for op in SMALL.ops]


def test_a_larger_expansion_ratio_makes_a_stronger_colour() -> None:
    def paleness(expanded: int) -> float:
        return sum(to_rgb(block_colour(Layer(MBConv(16, 5, expanded=expanded), Shape(16, 8, 8)))))

    assert paleness(16) > paleness(48) > paleness(96)


def test_kernels_differ_in_colour() -> None:
    layers = [Layer(MBConv(16, kernel, expanded=96), Shape(16, 8, 8)) for kernel in (3, 5, 7, 9)]
    assert len({block_colour(layer) for layer in layers}) == 4


def test_the_name_stands_over_the_drawing_whatever_it_is() -> None:
    assert "<b>&amp; co</b>" in texts(axes_of(replace(SMALL, name="<b>&amp; co</b>")))


def test_a_network_of_one_layer_can_be_drawn() -> None:
    assert len(list(blocks(axes_of(NetworkSpec(Shape(3, 8, 8), (Classifier(1),)))))) == 1
