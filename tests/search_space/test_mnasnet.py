"""MnasNet's space: its size, its layers, and where the published networks stand."""

from dataclasses import replace
from itertools import groupby
from math import prod

import numpy as np
import pytest

from mobilenas.adaptation.widths import WidthSpace
from mobilenas.network.improvement import improve
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier, Conv, ConvBlock, MBConv, Op, SqueezeExcite
from mobilenas.search_space import Block, BlockSpace, MnasNet

A1 = load_network("mnasnet_a1")
B1 = load_network("mnasnet_b1")


@pytest.fixture(scope="module")
def space() -> BlockSpace:
    return MnasNet().space()


def test_a_block_has_432_options_and_the_space_their_power(space: BlockSpace) -> None:  # Sec. 4.1: S^B
    assert prod(space.options) == 432 ** len(space.blocks) == 432**7


def test_five_blocks_of_three_layers_are_the_papers_typical_case() -> None:
    assert round(np.log10(float(432**5))) == 13
    factorized, flat = MnasNet(stages=5).space(), MnasNet(stages=5, factorized=False).space()
    assert prod(factorized.options) == 432**5
    per_layer = 4 * 2 * 2 * 3 * 3
    assert prod(flat.options) == prod(3 * per_layer ** max(block.layers) for block in flat.blocks)


def test_blocks_have_mobilenet_v2s_filters_and_layers_or_some_more_or_less(space: BlockSpace) -> None:
    stages = [list(group) for _, group in groupby(load_network("mobilenet_v2").ops[1:-2], lambda op: op.out)]
    assert [block.filters for block in space.blocks] == [
        tuple(int(factor * ops[0].out) for factor in (0.75, 1, 1.25)) for ops in stages
    ]
    assert [block.layers for block in space.blocks] == [tuple(len(ops) + more for more in (-1, 0, 1)) for ops in stages]
    assert [block.stride for block in space.blocks] == [ops[0].stride for ops in stages]


@pytest.mark.parametrize(("network", "block", "filters"), [(A1, 5, 112), (B1, 6, 192)], ids=["A1", "B1"])
def test_the_published_networks_leave_the_space_in_the_filters_of_one_block(
    space: BlockSpace, network: NetworkSpec, block: int, filters: int
) -> None:
    assert filters not in space.blocks[block - 1].filters
    with pytest.raises(ValueError, match=f"is not in mnasnet: in block {block}, .*o{filters}"):
        space.architecture(network)
    blocks = tuple(
        replace(one, filters=(filters,)) if number == block else one for number, one in enumerate(space.blocks, 1)
    )
    wider = replace(space, blocks=blocks)
    assert wider.network(wider.architecture(network)) == network
    assert (wider.network(wider.architecture(network)).params, network.macs) in [
        (3887038, 311579072),
        (4383312, 314415872),
    ]


def test_mobilenet_v3_small_comes_of_the_small_skeleton_by_netadapt_and_the_improvements() -> None:
    """The way of MobileNetV3 Sec. 4 and 5, each step in reach of what is built."""
    small, space = load_network("mobilenet_v3_small"), MnasNet(skeleton="mobilenet_v3_small").space()
    searched = space.network(space.architecture(_before(small)))
    widths = WidthSpace(searched, divisor=8)
    expanded = iter([op.expanded for op in small.ops if isinstance(op, MBConv) and op.expanded] + [576])
    narrowed = [
        width.channels.index(next(expanded)) if width.kind == "expansion" else len(width.channels) - 1
        for width in widths.widths
    ]
    improvements = ["large_se", "slim_stem", "h_swish@40", "efficient_last_stage"]
    assert improve(widths.network(narrowed), improvements) == small


def _before(network: NetworkSpec) -> NetworkSpec:
    """A network's blocks with an expansion ratio of 6, MnasNet's SE and ReLU, a last block of twice the channels."""
    se = SqueezeExcite(of="input", ratio=0.25, gate="sigmoid")
    ops: list[Op] = [Conv(32, kernel=3, stride=2)]
    for layer in network.layers:
        if isinstance(op := layer.op, MBConv):
            expanded = 6 * layer.input.channels if op.expanded else None
            ops.append(replace(op, act="relu", expanded=expanded, se=se if op.se else None))
    ops += [MBConv(192, 3, expanded=576), Conv(1280, kernel=1, scaling="fixed"), Classifier(1000, dropout=0.2)]
    return replace(network, ops=tuple(ops))


def test_an_architecture_is_found_by_its_network(space: BlockSpace) -> None:
    for drawn in space.sample(20, np.random.default_rng(0)):
        network = space.network(drawn)
        assert space.network(space.architecture(network)) == network


@pytest.mark.parametrize("factorized", [True, False])
def test_the_pieces_are_the_layers_of_all_networks(factorized: bool) -> None:
    space = MnasNet(width=0.5, stages=3, factorized=factorized).space(classes=10, resolution=32)
    pieces, seen = set(space.pieces), set()
    for drawn in space.sample(3000 if factorized else 300, np.random.default_rng(0)):
        seen |= set(space.network(drawn).layers)
    assert seen <= pieces
    assert not factorized or len(seen) > 0.95 * len(pieces)


def test_layers_of_a_block_are_alike_in_a_factorized_space_and_differ_in_a_flat_one() -> None:
    runs = {}
    for factorized in (True, False):
        space = MnasNet(factorized=factorized).space()
        ops = space.network(space.sample(1, np.random.default_rng(1))[0]).ops[1:-2]
        runs[factorized] = len(list(groupby(ops, lambda op: (type(op), op.kernel, op.se))))
    assert runs[True] <= len(space.blocks) < runs[False]


def test_a_skip_path_is_there_where_the_shapes_allow_it() -> None:
    space = MnasNet(convs=["conv"], kernels=["k3"], ses=["se0"]).space()
    skips = {}
    for option, name in enumerate(("none", "identity", "pooling")):
        blocks = [2, 0, 0, 0, option, 1] * len(space.blocks)  # one layer more, MobileNetV2's filters
        ops = space.network(blocks).ops[1:-2]
        skips[name] = [(op.residual, op.shortcut) for op in ops if isinstance(op, ConvBlock)]
        firsts = np.cumsum([0] + [max(block.layers) for block in space.blocks[:-1]])
        assert not any(skips[name][first][0] for first in firsts)  # channels change in the first layer of every block
    rest = [place for place in range(len(skips["none"])) if place not in firsts]
    assert all(skips["none"][place] == (False, "identity") for place in rest)
    assert all(skips["identity"][place] == (True, "identity") for place in rest)
    assert all(skips["pooling"][place] == (True, "pooling") for place in rest)


def test_one_layer_less_than_one_leaves_a_block_out(space: BlockSpace) -> None:
    fewest = [0 if place % 6 == 0 else 1 for place in range(len(space.options))]
    assert len(space.network(fewest).ops) == 1 + (0 + 1 + 2 + 3 + 2 + 2 + 0) + 2
    with pytest.raises(ValueError, match="A block of stride 2 cannot be left out"):
        Block((16,), (0, 1), 2)


def test_a_single_type_of_layer_is_a_setting() -> None:
    space = MnasNet(convs=["mbconv6"], kernels=["k5"], ses=["se0"], skips=["identity"]).space()
    assert prod(space.options) == 9**7
    network = space.network([0] * len(space.options))
    assert {
        (op.kernel, op.expanded // layer.input.channels)
        for op, layer in zip(network.ops[1:-2], network.layers[1:-2], strict=True)
    } == {(5, 6)}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"skeleton": "resnet"}, "MnasNet: skeleton must be one of mobilenet_v2, mobilenet_v3_small, not 'resnet'"),
        ({"convs": ["mbconv4"]}, "MnasNet: convs must be names of conv, dconv, mbconv3, mbconv6, not 'mbconv4'"),
        ({"skips": []}, "MnasNet: skips must name at least one of none, identity, pooling"),
        ({"width": 0.0}, "width must be a number above 0"),
        ({"factorized": "yes"}, "factorized must be true or false"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MnasNet(**settings).space()
