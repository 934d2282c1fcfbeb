"""The list of a network's layers."""

import re
from dataclasses import replace

import pytest

from mobilenas.hardware import LatencyTable
from mobilenas.network.published import load_network, network_names
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Pool, Shape, Skip
from mobilenas.report.labels import short_label
from mobilenas.report.ladder import ladder

SMALL = NetworkSpec(
    Shape(3, 16, 16),
    (Conv(8, 3), MBConv(8, 3), Skip(), MBConv(16, 5, stride=2, expanded=48), Pool(3, 2), Conv(64, 1), Classifier(10)),
    name="small",
)


def parts(network: NetworkSpec, name: str, table: LatencyTable | None = None) -> list[str]:
    """The texts of one column, empty ones left out."""
    found = re.findall(rf'<span class="{name}[^>]*>(?:<i[^>]*></i>)?([^<]*)</span>', ladder(network, table))
    return [text for text in found if text]


@pytest.mark.parametrize("name", network_names())
def test_every_layer_of_a_published_network_has_its_labelled_block(name: str) -> None:
    network = load_network(name)
    assert parts(network, "block") == ["image", *map(short_label, network.layers)]


@pytest.mark.parametrize("name", network_names())
def test_a_line_stands_at_each_of_the_five_downsampling_points_and_at_the_pooling(name: str) -> None:
    maps = parts(load_network(name), "map")
    rows = [int(one.partition("x")[0]) for one in maps]
    assert rows[:-1] == [rows[0] // 2**step for step in range(6)] and rows[-1] == 1
    assert ladder(load_network(name)).count('class="rung shrinks"') == 6


def test_the_size_of_the_map_stands_where_it_changes() -> None:
    assert parts(SMALL, "map") == ["16x16", "8x8", "4x4", "1x1"]


def test_the_channels_stand_beside_each_layer() -> None:
    assert parts(SMALL, "channels") == ["3", "8", "8", "8", "16", "16", "64", "10"]


def test_more_channels_make_a_wider_block() -> None:
    widths = [float(one) for one in re.findall(r"--wide: ([\d.]+)%", ladder(SMALL))]
    channels = [layer.output.channels for layer in SMALL.layers]
    assert [width for _, width in sorted(zip(channels, widths, strict=True))] == sorted(widths)
    assert len(set(widths)) == len(set(channels))
    assert max(widths) == 100


def test_a_skipped_layer_is_hollow() -> None:
    assert ladder(SMALL).count('class="block skip"') == 1


def test_a_layer_takes_what_the_table_says() -> None:
    rows = {layer.key: 0.5 * number for number, layer in enumerate(SMALL.layers, 1) if layer.takes_time}
    took = [float(one) for one in parts(SMALL, "took", LatencyTable(rows, overhead_ms=0.125))]
    expected = [0.5 * number - 0.125 if layer.takes_time else 0 for number, layer in enumerate(SMALL.layers, 1)]
    assert took == pytest.approx(expected, rel=5e-3)


def test_a_table_without_a_layer_leaves_only_this_one_out() -> None:
    rows = {layer.key: 0.5 for layer in SMALL.layers[1:] if layer.takes_time}
    assert len(parts(SMALL, "took", LatencyTable(rows))) == len(SMALL.layers) - 1


def test_the_name_is_text() -> None:
    assert "&lt;b&gt;&amp; co&lt;/b&gt;" in ladder(replace(SMALL, name="<b>& co</b>"))


def test_a_network_of_one_layer_can_be_drawn() -> None:
    assert parts(NetworkSpec(Shape(3, 8, 8), (Classifier(1),)), "channels") == ["3", "1"]
