"""MoGA's space against Tables 1 and 2 of its paper."""

from collections.abc import Callable

import numpy as np
import pytest

from mobilenas.network.published import load_network
from mobilenas.network.spec import Layer
from mobilenas.network.transform import scale_hidden, scale_width, set_classes, set_resolution, unstride
from mobilenas.ops import Conv, MBConv, Shape
from mobilenas.search_space import moga

TABLE_1 = [  # expansion, kernel, SE, in the order of the index
    (3, 3, False), (3, 3, True), (3, 5, False), (3, 5, True), (3, 7, False), (3, 7, True),
    (6, 3, False), (6, 3, True), (6, 5, False), (6, 5, True), (6, 7, False), (6, 7, True),
]  # fmt: skip

MOGA_A = [  # Table 2: expansion, kernel, SE of the 14 searched layers
    (6, 5, False), (6, 7, False),
    (6, 3, False), (6, 3, True), (3, 3, True),
    (6, 3, True), (6, 3, False), (6, 7, False), (3, 7, True),
    (6, 7, False), (6, 3, False),
    (6, 3, False), (6, 5, True), (6, 5, True),
]  # fmt: skip

SPACE = moga()
CANDIDATES = [layer for index in SPACE.choice_blocks for layer in SPACE.layers[index]]


def test_the_space_has_twelve_candidates_in_each_of_fourteen_layers() -> None:
    assert SPACE.options == (12,) * 14 and len(CANDIDATES) == 168


@pytest.mark.parametrize("option", range(12))
def test_an_option_is_the_row_of_table_1(option: int) -> None:
    for index in SPACE.choice_blocks:
        layer = SPACE.layers[index][option]
        assert (layer.op.expanded / layer.input.channels, layer.op.kernel, layer.op.se is not None) == TABLE_1[option]


def test_table_2_is_the_network_moga_a() -> None:
    assert SPACE.network([TABLE_1.index(row) for row in MOGA_A]) == load_network("moga_a")


@pytest.mark.parametrize("layer", CANDIDATES, ids=lambda layer: layer.key)
def test_a_candidate_has_the_counts_of_its_module(
    layer: Layer, torch_counts: Callable[[Layer], tuple[int, int]]
) -> None:
    assert (layer.params, layer.macs) == torch_counts(layer)


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"classes": 10}, lambda network: set_classes(network, 10)),
        ({"resolution": 160}, lambda network: set_resolution(network, 160)),
        ({"width": 0.35}, lambda network: scale_width(network, 0.35)),
        ({"hidden": 0.5}, lambda network: scale_hidden(network, 0.5)),
        ({"unstrided": 2, "resolution": 32}, lambda network: unstride(set_resolution(network, 32), 2)),
    ],
)
def test_a_setting_scales_every_network(settings: dict[str, float], change: Callable) -> None:
    scaled = moga(**settings)
    architectures = SPACE.sample(10, np.random.default_rng(0))
    assert [scaled.network(a) for a in architectures] == [change(SPACE.network(a)) for a in architectures]


# MobileNetV3-Large has 2, 3, 4, 2 and 3 blocks in its searched stages.
@pytest.mark.parametrize(
    ("settings", "blocks", "last"),
    [
        ({}, 14, Shape(160, 7, 7)),
        ({"stages": 3}, 2 + 3 + 4, Shape(80, 14, 14)),
        ({"stages": 1}, 2, Shape(24, 56, 56)),
        ({"blocks": 2}, 5 * 2, Shape(160, 7, 7)),
        ({"blocks": 3}, 2 + 3 + 3 + 2 + 3, Shape(160, 7, 7)),
        ({"blocks": 1}, 5, Shape(160, 7, 7)),
        ({"stages": 2, "blocks": 1}, 2, Shape(40, 28, 28)),
    ],
    ids=str,
)
def test_stages_and_blocks_make_the_space_shallower(settings: dict[str, int], blocks: int, last: Shape) -> None:
    space = moga(**settings)
    assert (len(space.options), space.layers[-2][0].input) == (blocks, last)


def test_dropout_stands_before_the_last_layer() -> None:
    assert moga(dropout=0.5).layers[-1][0].op.dropout == 0.5


def test_candidates_can_be_chosen_by_name() -> None:
    space = moga(candidates=["e6_k7_se", "e3_k3"])
    ops = space.positions[3]
    assert [(op.expanded // 24, op.kernel, op.se is not None) for op in ops] == [(6, 7, True), (3, 3, False)]


def test_one_candidate_makes_a_fixed_network() -> None:
    space = moga(candidates=["e3_k5"], width=0.5)
    assert space.options == ()
    assert {op.kernel for op in space.network(()).ops if isinstance(op, MBConv) and op.expanded} == {5}


def test_residuals_stand_wherever_shapes_agree() -> None:
    for index in SPACE.choice_blocks:
        for layer in SPACE.layers[index]:
            assert layer.op.residual == (layer.input == layer.output)


# By hand from Table 1: candidate 0 is (3, 3, -); 2 and 4 have another kernel, 6 another expansion, 1 SE.
@pytest.mark.parametrize(("option", "expected"), [(0, {(2, 4), (6,), (1,)}), (11, {(7, 9), (5,), (10,)})])
def test_variations_differ_in_kernel_expansion_or_se(option: int, expected: set[tuple[int, ...]]) -> None:
    assert set(SPACE.variations(13, option)) == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"classes": 10},
        {"resolution": 192},
        {"width": 0.5},
        {"stages": 4},
        {"blocks": 3},
        {"hidden": 0.5},
        {"unstrided": 1},
        {"dropout": 0.0},
        {"candidates": ["e3_k3", "e3_k5"]},
    ],
    ids=str,
)
def test_every_setting_changes_the_fingerprint(settings: dict[str, object]) -> None:
    assert moga(**settings).fingerprint != SPACE.fingerprint


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"candidates": ["e4_k3"]}, "moga: candidate 'e4_k3' is unknown; choose from e3_k3, .*e6_k7_se"),
        ({"candidates": []}, "not none"),
        ({"width": 0}, "moga: width must be a number above 0, not 0"),
        ({"stages": 0}, "moga: stages must be a whole number above 0, not 0"),
        ({"blocks": -1}, "moga: blocks must be a whole number above 0, not -1"),
        ({"hidden": 0}, "moga: hidden must be a number above 0, not 0"),
        ({"resolution": 0}, "moga: resolution must be a whole number above 0"),
        ({"classes": 0}, "classes must be a whole number above 0"),
        ({"dropout": 1.0}, "dropout is a probability below 1"),
        ({"unstrided": -1}, "0 or more, not -1"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        moga(**settings)


def test_the_fixed_layers_are_those_of_table_2() -> None:
    fixed = [layers[0].op for layers in SPACE.layers if len(layers) == 1]
    assert fixed[:3] == [Conv(16, kernel=3, stride=2, act="h_swish"), MBConv(16, kernel=3), Conv(960, 1, act="h_swish")]
