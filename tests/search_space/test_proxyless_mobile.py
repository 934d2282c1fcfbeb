"""ProxylessNAS's mobile space against the published network and the paper's words (Sec. 4.2)."""

from collections.abc import Callable

import pytest

from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network
from mobilenas.ops import MBConv, Skip
from mobilenas.search_space import ProxylessMobile

CANDIDATES = [(3, 3), (3, 5), (3, 7), (6, 3), (6, 5), (6, 7)]  # expansion, kernel, in the order of the index
ZERO = 6
FIG_6C = [  # Proxyless-R (mobile): expansion and kernel of the 21 searched layers
    (3, 5), (3, 3), None, None,
    (3, 7), (3, 3), (3, 5), (3, 5),
    (6, 7), (3, 5), (3, 5), (3, 5),
    (6, 5), (3, 5), (3, 5), (3, 5),
    (6, 7), (6, 7), (3, 7), (3, 7),
    (6, 7),
]  # fmt: skip

SPACE = ProxylessMobile().space()
LAYERS = {layer.key: layer for index in SPACE.choice_blocks for layer in SPACE.layers[index]}


def test_the_published_network_is_in_the_space_whose_first_stage_has_32_channels() -> None:
    space = ProxylessMobile(widths=(32, 40, 80, 96, 192, 320)).space()
    network = space.network([ZERO if block is None else CANDIDATES.index(block) for block in FIG_6C])
    assert network == load_network("proxyless_mobile")
    assert (network.params, network.macs) == (4_080_512, 320_427_584)  # the authors' log: 4.08M, 320.4M


def test_blocks_with_a_residual_have_the_zero_operation_too() -> None:
    assert SPACE.options == (6, 7, 7, 7) * 5 + (6,)
    for index in SPACE.choice_blocks:
        layers = SPACE.layers[index]
        residual = layers[0].input == layers[0].output
        assert isinstance(layers[-1].op, Skip) == residual
        assert all(layer.op.residual == residual for layer in layers if isinstance(layer.op, MBConv))


@pytest.mark.parametrize("option", range(6))
def test_an_option_is_an_expansion_and_a_kernel(option: int) -> None:
    for index in SPACE.choice_blocks:
        layer = SPACE.layers[index][option]
        assert (layer.op.expanded / layer.input.channels, layer.op.kernel) == CANDIDATES[option]


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_candidate_has_the_counts_of_its_module(
    layer: Layer, torch_counts: Callable[[Layer], tuple[int, int]]
) -> None:
    assert (layer.params, layer.macs) == torch_counts(layer)


def test_without_its_residual_blocks_the_skeleton_keeps_six_strided_or_widening_layers() -> None:
    shallow = SPACE.network([count - 1 for count in SPACE.options])
    assert sum(isinstance(op, Skip) for op in shallow.ops) == 5 * 3
    assert [op.out for op in shallow.ops[2:-2] if isinstance(op, MBConv)] == [24, 40, 80, 96, 192, 320]


def test_hidden_narrows_the_last_convolution() -> None:
    assert ProxylessMobile(hidden=0.25, width=0.25).space().layers[-1][0].input.channels == 320


def test_stages_and_blocks_make_the_space_shallower() -> None:
    assert ProxylessMobile(stages=3, blocks=2).space().options == (6, 7) * 3


def test_candidates_can_be_chosen_by_name() -> None:
    assert ProxylessMobile(candidates=["e6_k3", "e3_k3"], stages=2, blocks=2).space().options == (2, 3) * 2


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"candidates": ["e4_k3"]}, "candidates must be names of e3_k3, .*e6_k7, not 'e4_k3'"),
        ({"candidates": []}, "candidates must name at least one of e3_k3, "),
        ({"widths": (24, 40)}, "widths must be 6 numbers of channels, not \\[24, 40\\]"),
        ({"width": 0}, "ProxylessMobile: width must be a number above 0, not 0"),
        ({"stages": 0}, "ProxylessMobile: stages must be a whole number, 1 or more, or null, not 0"),
        ({"hidden": -1}, "ProxylessMobile: hidden must be a number above 0, not -1"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ProxylessMobile(**settings).space()
