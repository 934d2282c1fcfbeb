"""MobileNetV3's improvements against its Tables 1 and 5 and Sec. 5; one type of layer against MnasNet's Table 6."""

import re
from dataclasses import replace
from itertools import permutations

import pytest

from mobilenas.network.improvement import improve, narrowed
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_width
from mobilenas.ops import BatchNorm, Classifier, Conv, ConvBlock, MBConv, Op, Pool, Shape, Skip, SqueezeExcite

A1, V2, LARGE, SMALL, MOGA = map(
    load_network, ("mnasnet_a1", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "moga_a")
)

TABLE_1 = [  # MobileNetV3-Large's bottlenecks: kernel, exp size, out, SE, stride
    (3, 64, 24, False, 2), (3, 72, 24, False, 1),
    (5, 72, 40, True, 2), (5, 120, 40, True, 1), (5, 120, 40, True, 1),
    (3, 240, 80, False, 2), (3, 200, 80, False, 1), (3, 184, 80, False, 1), (3, 184, 80, False, 1),
    (3, 480, 112, True, 1), (3, 672, 112, True, 1),
    (5, 672, 160, True, 2), (5, 960, 160, True, 1), (5, 960, 160, True, 1),
]  # fmt: skip

FOUR = ["large_se", "slim_stem", "h_swish@80", "efficient_last_stage"]


def before() -> NetworkSpec:
    """Table 1's bottlenecks between MnasNet-A1's stem and its last stage, with MnasNet's SE and ReLU."""
    se = SqueezeExcite(of="input", ratio=0.25, gate="sigmoid")
    ops: list[Op] = [Conv(32, kernel=3, stride=2), MBConv(16, kernel=3)]
    channels = 16
    for kernel, expanded, out, has_se, stride in TABLE_1:
        residual = stride == 1 and channels == out
        ops.append(MBConv(out, kernel, stride, expanded=expanded, se=se if has_se else None, residual=residual))
        channels = out
    ops += [MBConv(320, kernel=3, expanded=960), Conv(1280, kernel=1, scaling="fixed"), Classifier(1000, dropout=0.2)]
    return NetworkSpec(Shape(3, 224, 224), tuple(ops), BatchNorm(eps=0.001, momentum=0.01), "before")


def acts(network: NetworkSpec) -> list[str]:
    return [op.act for op in network.ops if isinstance(op, Conv | MBConv | Classifier)]


def small(*ops: Op) -> NetworkSpec:
    return NetworkSpec(Shape(3, 16, 16), ops, name="mine")


@pytest.mark.parametrize("order", list(permutations(FOUR)), ids=" ".join)
def test_the_improvements_lead_to_mobilenet_v3_large_in_any_order(order: tuple[str, ...]) -> None:
    assert improve(before(), order) == LARGE


@pytest.mark.parametrize("name", FOUR)
def test_what_a_network_has_already_stays_as_it_is(name: str) -> None:
    assert improve(LARGE, [name]) == LARGE


@pytest.mark.parametrize("name", [*FOUR, "h_swish@112", "relu"])
@pytest.mark.parametrize("network", [A1, before(), MOGA], ids=lambda network: network.name)
def test_an_improvement_twice_is_the_same_as_once(network: NetworkSpec, name: str) -> None:
    once = improve(network, [name])
    assert improve(once, [name]) == once


def test_without_improvements_a_network_stays_as_it_is() -> None:
    assert improve(A1, []) == A1


@pytest.mark.parametrize("network", [A1, before()], ids=lambda network: network.name)
def test_the_last_stage_saves_about_30_million_multiply_adds(network: NetworkSpec) -> None:  # Sec. 5.1
    saved = network.macs - improve(network, ["efficient_last_stage"]).macs
    filtering, projection, features = 960 * 9 * 49, 960 * 320 * 49, 320 * 1280 * 49
    assert saved == filtering + projection + features - 960 * 1280
    assert saved / 1e6 == pytest.approx(30, abs=5)


@pytest.mark.parametrize("network", [A1, before()], ids=lambda network: network.name)
def test_the_slim_stem_saves_about_10_million_multiply_adds(network: NetworkSpec) -> None:  # Sec. 5.1
    saved = network.macs - improve(network, ["slim_stem"]).macs
    assert saved == (3 * 9 * 16 + 9 * 16 + 16 * 16) * 112**2
    assert saved / 1e6 == pytest.approx(10, abs=0.5)


def test_the_last_stage_pools_before_the_features() -> None:  # Fig. 5
    *_, block, expansion, head = improve(A1, ["efficient_last_stage"]).ops
    assert (block, expansion) == (A1.ops[-4], Conv(960, kernel=1))
    assert head == Classifier(1000, hidden=1280, act="relu", dropout=0.2)


def test_the_last_stage_of_mobilenet_v2_is_its_own() -> None:
    network = improve(V2, ["efficient_last_stage"])
    assert network.ops[-2:] == (
        Conv(960, kernel=1, act="relu6"),
        Classifier(1000, hidden=1280, act="relu6", dropout=0.2),
    )


@pytest.mark.parametrize("groups", [1, 2])
def test_the_expansion_keeps_its_groups(groups: int) -> None:
    block = MBConv(8, kernel=3, expanded=24, groups=groups)
    network = improve(small(Conv(8, 3), block, Conv(40, 1), Classifier(10)), ["efficient_last_stage"])
    assert network.ops[1:] == (Conv(24, 1, groups=groups), Classifier(10, hidden=40, act="relu"))


# Sec. 3: a residual if and only if input and output have the same number of channels.
def test_behind_a_slim_stem_equal_shapes_are_joined() -> None:
    network = improve(A1, ["slim_stem"])
    assert network.ops[:2] == (Conv(16, 3, stride=2, act="h_swish"), MBConv(16, 3, residual=True))
    assert network.ops[2:] == A1.ops[2:]


@pytest.mark.parametrize("shortcut", ["identity", "pooling"])
def test_behind_a_slim_stem_unequal_shapes_are_parted(shortcut: str) -> None:
    block = ConvBlock(32, 3, residual=True, shortcut=shortcut)
    assert improve(small(Conv(32, 3), block, Classifier(10)), ["slim_stem"]).ops[1] == ConvBlock(32, 3)


@pytest.mark.parametrize("filters", [8, 16])
def test_a_stem_of_16_filters_or_fewer_keeps_them_and_what_is_behind_it(filters: int) -> None:
    network = improve(small(Conv(filters, 3), MBConv(filters, 3), Classifier(10)), ["slim_stem"])
    assert network.ops == (Conv(filters, 3, act="h_swish"), MBConv(filters, 3), Classifier(10))


# The quarters of 72, 120, 480, 672 and 960 made divisible by 8: 18 becomes 24 and 30 becomes 32.
def test_a_large_se_is_a_quarter_of_the_expansion() -> None:
    layers = [layer for layer in improve(A1, ["large_se"]).layers if isinstance(layer.op, MBConv) and layer.op.se]
    widths = [layer.op.se.squeeze(layer.input.channels, layer.op.expanded) for layer in layers]
    assert widths == [24, 32, 32, 120, 168, 168, 240, 240]
    assert {(layer.op.se.act, layer.op.se.gate) for layer in layers} == {("relu", "hard_sigmoid")}


def test_a_large_se_costs_parameters_and_hardly_a_multiply_add() -> None:  # Sec. 5.2.1
    network = improve(A1, ["large_se"])
    assert 1.2 < network.params / A1.params < 1.4
    assert 1 < network.macs / A1.macs < 1.005


# Table 1: the stem, the blocks of 16, 24, 24, 40, 40, 40 channels, the others, the 1x1 convolution, the hidden layer.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("h_swish@16", ["h_swish"] * 18),
        ("h_swish@24", ["h_swish", "relu"] + ["h_swish"] * 16),
        ("h_swish@80", ["h_swish"] + ["relu"] * 6 + ["h_swish"] * 11),
        ("h_swish@81", ["h_swish"] + ["relu"] * 10 + ["h_swish"] * 7),
        ("h_swish@112", ["h_swish"] + ["relu"] * 10 + ["h_swish"] * 7),
        ("relu", ["relu"] * 18),
    ],
)
def test_a_row_of_table_5_is_an_improvement(name: str, expected: list[str]) -> None:
    network = improve(LARGE, [name])
    assert acts(network) == expected
    assert (network.params, network.macs) == (LARGE.params, LARGE.macs)


def test_h_swish_from_80_channels_on_is_mobilenet_v3() -> None:
    assert improve(improve(LARGE, ["relu"]), ["slim_stem", "h_swish@80"]) == LARGE
    assert improve(SMALL, ["h_swish@40"]) == SMALL


@pytest.mark.parametrize("width", [0.25, 0.5, 0.75, 1, 1.25])
def test_h_swish_counts_channels_at_a_width_of_1(width: float) -> None:
    first, then = (improve(scale_width(LARGE, width), [narrowed(name, width)]) for name in ("relu", "h_swish@80"))
    assert acts(first) == acts(improve(LARGE, ["relu"]))
    assert acts(then) == acts(LARGE)


@pytest.mark.parametrize("width", [0.25, 0.35, 0.5, 0.75, 1, 1.25])
def test_a_slim_stem_is_the_same_before_and_after_scaling(width: float) -> None:
    first, then = improve(A1, ["slim_stem"]), improve(scale_width(A1, width), [narrowed("slim_stem", width)])
    assert scale_width(first, width).ops[0] == then.ops[0]


@pytest.mark.parametrize("order", [["h_swish@80", "efficient_last_stage"], ["efficient_last_stage", "h_swish@80"]])
def test_after_netadapt_h_swish_begins_where_it_would_have_before(order: list[str]) -> None:
    ops = [replace(op, out=72) if isinstance(op, MBConv) and op.out == 80 else op for op in A1.ops]
    adapted = replace(A1, ops=tuple(ops))
    assert acts(improve(adapted, order, counted=A1)) == acts(improve(A1, order))
    assert acts(improve(adapted, order)) != acts(improve(A1, order))


def test_h_swish_leaves_the_stem_to_slim_stem() -> None:
    assert acts(improve(A1, ["h_swish@16"]))[:2] == ["relu", "h_swish"]


def test_what_has_no_activation_gets_none() -> None:
    network = small(Conv(8, 3, act="none"), Skip(), Conv(16, 3, act="none"), Classifier(10))
    assert improve(network, ["h_swish@16", "relu"]) == network


def test_relu_is_within_squeeze_and_excitation_too_and_h_swish_is_not() -> None:
    def within(network: NetworkSpec) -> set[tuple[str, str]]:
        return {(op.se.act, op.se.gate) for op in network.ops if isinstance(op, MBConv) and op.se}

    assert within(improve(MOGA, ["relu"])) == {("relu", "hard_sigmoid")}
    assert within(improve(MOGA, ["h_swish@16"])) == within(MOGA)


# MnasNet Fig. 7(a): side of the input, channels in and out, stride of each block of A1.
BLOCKS = [
    (112, 32, 16, 1), (112, 16, 24, 2), (56, 24, 24, 1), (56, 24, 40, 2), (28, 40, 40, 1), (28, 40, 40, 1),
    (28, 40, 80, 2), (14, 80, 80, 1), (14, 80, 80, 1), (14, 80, 80, 1), (14, 80, 112, 1), (14, 112, 112, 1),
    (14, 112, 160, 2), (7, 160, 160, 1), (7, 160, 160, 1), (7, 160, 320, 1),
]  # fmt: skip


@pytest.mark.parametrize(("expansion", "kernel"), [(3, 3), (3, 5), (6, 3), (6, 5)])  # MnasNet Table 6
def test_a_network_of_one_type_repeats_it_with_the_same_filters(expansion: int, kernel: int) -> None:
    network = improve(A1, [f"one_type@e{expansion}_k{kernel}"])
    macs = 27 * 32 * 112**2 + 320 * 1280 * 49 + 1280 * 1000  # stem, last convolution, classifier
    for side, channels, out, stride in BLOCKS:
        wide, pixels = expansion * channels, (side // stride) ** 2
        macs += channels * wide * side**2 + (kernel**2 + out) * wide * pixels
    assert network.macs == macs
    assert [layer.output for layer in network.layers] == [layer.output for layer in A1.layers]
    assert [getattr(op, "residual", False) for op in network.ops] == [getattr(op, "residual", False) for op in A1.ops]


def test_networks_of_one_type_stand_in_the_order_of_table_6() -> None:  # 63, 79, 116, 146 ms
    types = ("e3_k3", "e3_k5", "e6_k3", "e6_k5")
    macs = [improve(A1, [f"one_type@{name}"]).macs for name in types]
    assert macs == sorted(macs)
    assert macs[0] < A1.macs < macs[2]  # 78 ms


def test_a_regular_convolution_becomes_the_one_type_too() -> None:
    network = small(Conv(8, 3), ConvBlock(8, 5, residual=True), Classifier(10))
    assert improve(network, ["one_type@e3_k3"]).ops[1] == MBConv(8, 3, expanded=24, residual=True)


def test_a_name_and_a_batch_norm_stay() -> None:
    network = improve(A1, FOUR)
    assert (network.name, network.norm) == (A1.name, A1.norm)


@pytest.mark.parametrize(
    ("network", "name", "said"),
    [
        (A1, "slim", "Improvement 'slim' is unknown; choose from efficient_last_stage, .*, slim_stem@N \\(for example"),
        (A1, "h_swish", "Improvement 'h_swish' is unknown"),
        (A1, "h_swish@", "Improvement 'h_swish@' is unknown"),
        (A1, "h_swish@0", "Improvement 'h_swish@0' is unknown"),
        (A1, "h_swish@-8", "Improvement 'h_swish@-8' is unknown"),
        (A1, "one_type@e3_k4", "or one_type@eE_kK \\(for example one_type@e6_k3\\)"),
        (A1, "one_type@e0_k3", "'one_type@e0_k3' is unknown"),
        (A1, "relu@80", "Improvement 'relu@80' is unknown"),
        (
            LARGE,
            "h_swish@961",
            "mobilenet_v3_large, layer 16: h_swish@961 needs .*, but the widest has 960; choose a smaller number",
        ),
        (small(Skip()), "h_swish@8", "mine, layer 0: .*the widest has 0; choose a smaller number, or leave it out"),
        (V2, "large_se", "mobilenet_v2: no layer has a squeeze-and-excitation for large_se; leave it out"),
        (small(Pool(3)), "slim_stem", "mine, layer 0: slim_stem needs a conv, not pool; leave it out"),
        (
            small(Conv(8, 3), ConvBlock(8, 3), Conv(32, 1), Classifier(10)),
            "efficient_last_stage",
            "mine, from layer 1 on: .*, not conv_block, conv, classifier; leave it out of improvements",
        ),
        (
            small(Conv(8, 3), MBConv(8, 3, 2, expanded=16), Conv(32, 1), Classifier(10)),
            "efficient_last_stage",
            "needs a bottleneck with expansion and stride 1",
        ),
        (small(Conv(8, 3), Classifier(10)), "efficient_last_stage", "mine, from layer 0 on: .*not conv, classifier"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_out(network: NetworkSpec, name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        improve(network, [name])
    assert re.fullmatch(r"[^\n]+\.", str(error.value))


def test_a_misspelt_name_is_found_before_anything_is_changed() -> None:
    with pytest.raises(ValueError, match="'hswish@80' is unknown"):
        improve(V2, ["large_se", "hswish@80"])
