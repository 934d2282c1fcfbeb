"""MobileNetV4's space: the four kinds of its block, kernels 3 and 5, on MobileNetV4-Conv-Small's skeleton."""

from collections.abc import Callable
from itertools import product

import pytest

from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network
from mobilenas.ops import UIB, Shape
from mobilenas.search_space import MobileNetV4
from mobilenas.supernet import Supernet

KERNELS = [  # before and after the expansion: ExtraDW, inverted bottleneck, ConvNext, feed-forward
    (3, 3), (3, 5), (5, 3), (5, 5), (None, 3), (None, 5), (3, None), (5, None), (None, None),
]  # fmt: skip
SPACE = MobileNetV4().space()
SMALL = load_network("mobilenet_v4_conv_small")
CANDIDATES = {layer for index in SPACE.choice_blocks for layer in SPACE.layers[index]}


def test_every_block_chooses_its_two_kernels_and_a_strided_one_needs_one() -> None:
    strided = [SMALL.ops[index].stride > 1 for index in SPACE.choice_blocks]
    assert SPACE.options == tuple(8 if stride else 9 for stride in strided)
    assert sum(strided) == 2 and len(strided) == 12
    for index in SPACE.choice_blocks:
        found = [(layer.op.start, layer.op.middle) for layer in SPACE.layers[index]]
        assert found == KERNELS[: len(found)]
    assert set(KERNELS) == set(product((None, 3, 5), (None, 3, 5)))


def test_the_expansion_is_constant() -> None:
    assert {layer.op.expanded / layer.input.channels for layer in CANDIDATES} == {4}


def test_the_skeleton_is_mobilenet_v4_conv_small() -> None:
    network = SPACE.network([0] * len(SPACE.options))
    assert [layer.output for layer in network.layers] == [layer.output for layer in SMALL.layers]
    blocks = set(SPACE.choice_blocks)
    assert [op for at, op in enumerate(network.ops) if at not in blocks] == [
        op for at, op in enumerate(SMALL.ops) if at not in blocks
    ]
    assert [op.residual for op in network.ops if isinstance(op, UIB)] == [
        op.residual for op in SMALL.ops if isinstance(op, UIB)
    ]


def test_its_kernels_are_an_architecture_of_the_space() -> None:
    own = [KERNELS.index((op.start, op.middle)) for op in SMALL.ops if isinstance(op, UIB)]
    found = SPACE.network(own).ops
    assert [(op.start, op.middle) for op in found if isinstance(op, UIB)] == [KERNELS[option] for option in own]


@pytest.mark.parametrize("layer", sorted(CANDIDATES, key=lambda layer: layer.key), ids=lambda layer: layer.key)
def test_a_candidate_has_the_counts_of_its_module(
    layer: Layer, torch_counts: Callable[[Layer], tuple[int, int]]
) -> None:
    assert (layer.params, layer.macs) == torch_counts(layer)


@pytest.mark.parametrize(
    ("settings", "blocks", "last"),
    [
        ({"stages": 1}, 6, Shape(96, 14, 14)),
        ({"blocks": 2}, 4, Shape(128, 7, 7)),
        ({"blocks": 9}, 12, Shape(128, 7, 7)),
    ],
)
def test_stages_and_blocks_make_it_shorter(settings: dict[str, int], blocks: int, last: Shape) -> None:
    space = MobileNetV4(**settings).space()
    assert len(space.choice_blocks) == blocks
    assert space.layers[space.choice_blocks[-1]][0].output == last


def test_a_supernet_is_built_from_it() -> None:
    space = MobileNetV4(width=0.25, blocks=2, hidden=0.0625).space(4, 32)
    expected = sum(layer.params for candidates in space.layers for layer in candidates)
    assert sum(weight.numel() for weight in Supernet(space).parameters()) == expected


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"candidates": ["ib_k7"]}, "MobileNetV4: candidates must be names of extra_dw_k3_k3, .* not 'ib_k7'"),
        ({"candidates": ["ffn"]}, "MobileNetV4: candidates must have one with a depthwise convolution"),
        ({"stages": 0}, "MobileNetV4: stages must be a whole number, 1 or more, or null, not 0"),
    ],
)
def test_what_is_impossible_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MobileNetV4(**settings).space()
