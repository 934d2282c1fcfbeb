"""MoGA's space against Tables 1 and 2 of its paper."""

from collections.abc import Callable

import pytest

from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network
from mobilenas.ops import Conv, MBConv, Shape
from mobilenas.search_space import MoGA

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

SPACE = MoGA().space()
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
    space = MoGA(**settings).space()
    assert (len(space.options), space.layers[-2][0].input) == (blocks, last)


def test_dropout_stands_before_the_last_layer() -> None:
    assert MoGA(dropout=0.5).space().layers[-1][0].op.dropout == 0.5


def test_candidates_can_be_chosen_by_name() -> None:
    space = MoGA(candidates=["e6_k7_se", "e3_k3"]).space()
    ops = space.positions[3]
    assert [(op.expanded // 24, op.kernel, op.se is not None) for op in ops] == [(6, 7, True), (3, 3, False)]


def test_one_candidate_makes_a_fixed_network() -> None:
    space = MoGA(candidates=["e3_k5"], width=0.5).space()
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
    assert MoGA(**settings).space().fingerprint != SPACE.fingerprint


def test_the_data_change_the_fingerprint() -> None:
    assert len({MoGA().space(*data).fingerprint for data in ((1000, 224), (10, 224), (1000, 192))}) == 3


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"candidates": ["e4_k3"]}, "MoGA: candidates must be names of e3_k3, .*e6_k7_se, not 'e4_k3'"),
        ({"candidates": ["e3_k3", "e3_k3"]}, "MoGA: candidates must name each only once"),
        ({"candidates": []}, "MoGA: candidates must name at least one of e3_k3, "),
        ({"width": 0}, "MoGA: width must be a number above 0, not 0"),
        ({"stages": 0}, "MoGA: stages must be a whole number, 1 or more, or null, not 0"),
        ({"blocks": -1}, "MoGA: blocks must be a whole number, 1 or more, or null, not -1"),
        ({"hidden": 0}, "MoGA: hidden must be a number above 0, not 0"),
        ({"dropout": 1.0}, "MoGA: dropout must be a number from 0 to below 1, not 1"),
        ({"unstrided": -1}, "MoGA: unstrided must be a whole number, 0 or more, not -1"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MoGA(**settings).space()


def test_the_fixed_layers_are_those_of_table_2() -> None:
    fixed = [layers[0].op for layers in SPACE.layers if len(layers) == 1]
    assert fixed[:3] == [Conv(16, kernel=3, stride=2, act="h_swish"), MBConv(16, kernel=3), Conv(960, 1, act="h_swish")]
