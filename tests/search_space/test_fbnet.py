"""FBNet's space against its tables and the published network."""

from collections.abc import Callable

import pytest

from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network
from mobilenas.ops import Conv, MBConv, Skip
from mobilenas.search_space import FBNet

TABLE_2 = ["k3_e1", "k3_e1_g2", "k3_e3", "k3_e6", "k5_e1", "k5_e1_g2", "k5_e3", "k5_e6", "skip"]
FBNET_C = [  # the authors' release
    "k3_e1", "k3_e6", "skip", "k3_e1", "k3_e1", "k5_e6", "k5_e3", "k5_e6", "k3_e6", "k5_e6", "k5_e3", "k5_e6", "k5_e6",
    "k5_e6", "k5_e6", "k5_e6", "k5_e3", "k5_e6", "k5_e6", "k5_e6", "k5_e6", "k3_e6",
]  # fmt: skip
INPUTS = [(16, 112)] + [(16, 112)] + [(24, 56)] * 4 + [(32, 28)] * 4 + [(64, 14)] * 4 + [(112, 14)] * 4 + [(184, 7)] * 4

SPACE = FBNet().space()
LAYERS = {layer.key: layer for index in SPACE.choice_blocks for layer in SPACE.layers[index]}


def test_fbnet_c_is_in_the_space() -> None:
    network = SPACE.network([TABLE_2.index(block) for block in FBNET_C])
    assert network == load_network("fbnet_c")
    assert (network.params, network.macs) == (5_572_200, 384_960_160)  # timm's fbnetc_100


def test_each_of_22_layers_has_9_candidates() -> None:
    assert SPACE.options == (9,) * 22


def test_the_layers_have_the_inputs_of_table_1() -> None:
    shapes = [SPACE.layers[index][0].input for index in SPACE.choice_blocks]
    assert [(shape.channels, shape.height) for shape in shapes] == INPUTS
    assert [layer[0].output.channels for layer in SPACE.layers[-3:]] == [352, 1984, 1000]


@pytest.mark.parametrize("option", range(8))
def test_an_option_is_an_expansion_a_kernel_and_groups(option: int) -> None:
    kernel, expansion, *groups = TABLE_2[option].replace("k", "").replace("e", "").replace("g", "").split("_")
    for index in SPACE.choice_blocks:
        op, shape = SPACE.layers[index][option].op, SPACE.layers[index][option].input
        assert (op.kernel, op.expanded / shape.channels) == (int(kernel), int(expansion))
        assert op.groups == int(groups[0] if groups else 1)


def test_skip_is_the_identity_where_it_can_be_and_else_a_1x1_convolution() -> None:
    for index in SPACE.choice_blocks:
        layer = SPACE.layers[index][8]
        if layer.input == layer.output:
            assert layer.op == Skip()
        else:
            stride = layer.input.height // layer.output.height
            assert layer.op == Conv(layer.output.channels, kernel=1, stride=stride)


def test_residuals_are_where_shapes_agree() -> None:
    blocks = [layer for index in SPACE.choice_blocks for layer in SPACE.layers[index] if isinstance(layer.op, MBConv)]
    assert all(layer.op.residual == (layer.input == layer.output) for layer in blocks)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_candidate_has_the_counts_of_its_module(
    layer: Layer, torch_counts: Callable[[Layer], tuple[int, int]]
) -> None:
    assert (layer.params, layer.macs) == torch_counts(layer)


# Table 4: resolution, width, parameters, multiply-adds; the head of 1504.
@pytest.mark.parametrize(
    ("resolution", "width", "params_m", "macs_m"),
    [(224, 0.35, 2.0, 72), (192, 0.5, 2.6, 73), (128, 1.0, 4.2, 92), (128, 0.5, 2.4, 32), (96, 0.35, 1.8, 12.9)],
)
def test_the_networks_of_table_4_lie_between_the_least_and_the_largest_of_their_size(
    resolution: int, width: float, params_m: float, macs_m: float
) -> None:
    space = FBNet(width=width, last=1504).space(resolution=resolution)
    least, largest = space.network([8] * 22), space.network([7] * 22)
    assert least.params < params_m * 1e6 < largest.params
    assert least.macs < macs_m * 1e6 < largest.macs


def test_stages_and_blocks_make_the_space_shallower_and_hidden_its_head_narrower() -> None:
    space = FBNet(stages=3, blocks=2, hidden=0.25, candidates=["k3_e1", "skip"]).space()
    assert space.options == (2,) * 5
    assert space.layers[-1][0].input.channels == 496


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"candidates": ["k7_e3"]}, "FBNet: candidates must be names of k3_e1, .*skip, not 'k7_e3'"),
        ({"width": 0}, "FBNet: width must be a number above 0, not 0"),
        ({"blocks": 0}, "FBNet: blocks must be a whole number, 1 or more, or null, not 0"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FBNet(**settings).space()
