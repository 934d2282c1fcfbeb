"""The space around a given network."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from mobilenas.network import NetworkSpec, load_network
from mobilenas.ops import UIB, Classifier, Conv, MBConv, NormedClassifier, Op, Shape, Skip
from mobilenas.search_space import Around, LayerwiseSpace, MoGA, ProxylessCifar, around

LITE = NetworkSpec(  # EfficientNet-Lite0's blocks at a small size: 1 without an expansion, 15 with one
    Shape(3, 64, 64),
    (
        Conv(32, 3, stride=2, act="relu6"),
        MBConv(16, 3, act="relu6"),
        *(
            MBConv(out, kernel, 1 if block else stride, "relu6", expanded=6 * (out if block else channels),
                   residual=block > 0)
            for channels, out, kernel, stride, blocks in (
                (16, 24, 3, 2, 2), (24, 40, 5, 2, 2), (40, 80, 3, 2, 3), (80, 112, 5, 1, 3), (112, 192, 5, 2, 4),
                (192, 320, 3, 1, 1),
            )
            for block in range(blocks)
        ),
        Conv(1280, 1, act="relu6"),
        Classifier(1000, dropout=0.2),
    ),
    name="lite",
    padding="same",
)  # fmt: skip


@dataclass(frozen=True)
class Reticent(MBConv):
    """A package's operation that says neither how it varies nor how its weights are cut."""

    name: ClassVar[str] = "reticent"

    def variants(self, *_: object) -> tuple[Op, ...]:  # type: ignore[override]
        return (self,)

    def cut(self, input: Shape) -> object:  # type: ignore[override]
        raise ValueError("reticent does not say.")

    def widths(self) -> object:  # type: ignore[override]
        raise ValueError("reticent does not say.")


def test_efficientnet_lites_fifteen_expanded_blocks_have_three_kernels_and_two_ratios() -> None:
    space = Around(LITE).space(5, 128)
    assert space.options == (6,) * 15
    assert space.name == "around-lite"
    assert (space.padding, space.norm, space.input) == ("same", LITE.norm, Shape(3, 128, 128))
    for candidates in space.choices:
        assert {one.op.kernel for one in candidates} == {3, 5, 7}  # type: ignore[attr-defined]
        assert {one.op.expanded / one.input.channels for one in candidates} == {3, 6}  # type: ignore[attr-defined]


def test_the_network_is_one_of_its_architectures() -> None:
    space = Around(LITE).space(1000, 64)
    architecture = space.architecture(LITE)
    assert space.network(architecture) == LITE
    assert architecture == (3, 3, 4, 4, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 3)  # kernel 3 or 5, of the larger expansion


def test_a_ratio_that_is_not_among_the_expansions_is_one_more() -> None:
    network = replace(LITE, ops=(*LITE.ops[:2], replace(LITE.ops[2], expanded=70), *LITE.ops[3:]))
    space = Around(network).space(1000, 64)
    assert space.options == (7, *[6] * 14)
    assert space.network(space.architecture(network)) == network


def test_skips_are_the_last_candidates_of_blocks_with_a_residual() -> None:
    space = Around(LITE, skips=True).space(1000, 64)
    for position, op in enumerate(LITE.ops):
        last = space.positions[position][-1]
        assert (last == Skip()) == op.widths().tied
    assert space.options.count(7) == 9


def test_blocks_without_an_expansion_vary_where_it_is_asked_for() -> None:
    space = Around(LITE, unexpanded=True).space(1000, 64)
    assert space.options == (3, *[6] * 15)


def test_a_network_of_universal_bottlenecks_has_a_space() -> None:
    ops = (Conv(16, 3), UIB(24, 64, start=3, middle=3), UIB(24, 96, residual=True), NormedClassifier(10, 32))
    space = Around(NetworkSpec(Shape(3, 8, 8), ops), kernels=(3, 5), expansions=(4.0, 2.0)).space(10, 8)
    assert space.options == (8, 2)


def test_an_operation_that_does_not_say_how_it_varies_stays() -> None:
    ops = (Conv(16, 3), Reticent(16, 3, expanded=32, residual=True), MBConv(16, 3, expanded=48), Classifier(10))
    for settings in ({}, {"skips": True, "unexpanded": True}):
        space = Around(NetworkSpec(Shape(3, 8, 8), ops), **settings).space(10, 8)
        assert space.positions[1] == (ops[1],)


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_large", "mnasnet_a1", "proxyless_mobile"])
def test_published_networks_have_a_space_around_them(name: str) -> None:
    network = load_network(name)
    space = Around(network, skips=True).space(1000, 224)
    assert len(space.options) >= 13
    assert space.network(space.architecture(network)) == network


def test_a_long_name_becomes_a_name_for_files() -> None:
    space = Around(replace(LITE, name="n" * 100)).space(10, 64)
    assert space.name.startswith("around-nnn") and len(space.name) == 80


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kernels": ()}, "Around: kernels must be one number or more"),
        ({"expansions": ()}, "Around: expansions must be one number or more"),
        ({"kernels": (), "expansions": ()}, "Around: kernels and expansions must be one number or more"),
        ({"kernels": (3, 4)}, "Around: kernels must be odd, not 4"),
        ({"kernels": (0,)}, "Around: kernels must be a list of whole numbers, 1 or more, not"),
        ({"expansions": (-3.0,)}, "Around: expansions must be a list of numbers above 0, not"),
    ],
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Around(LITE, **settings)


def test_without_a_network_the_way_to_give_one_is_said() -> None:
    with pytest.raises(ValueError, match=r"needs the network .*: add for example network=mobilenet_v2, or network_fil"):
        Around().space(10, 64)


def test_a_network_without_a_block_that_varies_is_refused() -> None:
    plain = NetworkSpec(Shape(3, 8, 8), (Conv(16, 3), MBConv(16, 3), Classifier(10)), name="plain")
    with pytest.raises(ValueError, match=r"no block of plain varies: set other search_space\.kernels or"):
        Around(plain).space(10, 8)


def test_only_a_space_around_a_network_takes_the_given_one() -> None:
    assert around(Around(), LITE) == Around(LITE)
    assert around(MoGA(), LITE) == MoGA()


SPACES: list[LayerwiseSpace] = [MoGA().space(10, 32), ProxylessCifar(blocks=1, channels=48).space(10, 16)]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_every_architecture_is_found_again_by_its_network(space: LayerwiseSpace) -> None:
    for shift in range(3):
        architecture = tuple((shift + place) % count for place, count in enumerate(space.options))
        assert space.architecture(space.network(architecture)) == architecture


def test_a_network_that_is_not_in_the_space_is_told_by_its_first_layer() -> None:
    space = Around(LITE).space(1000, 64)
    other = replace(LITE.ops[5], kernel=9)
    with pytest.raises(ValueError, match="lite is not in around-lite: no option gives its layer 5"):
        space.architecture(replace(LITE, ops=(*LITE.ops[:5], other, *LITE.ops[6:])))
    with pytest.raises(ValueError, match="no option gives its layer 18"):
        space.architecture(replace(LITE, ops=LITE.ops[:18]))
    with pytest.raises(ValueError, match="it has a layer 18"):
        headless = LayerwiseSpace("headless", LITE.input, space.positions[:-1], LITE.norm, "same")
        headless.architecture(LITE)
    with pytest.raises(ValueError, match=r"its input, batch norms or padding are different"):
        space.architecture(replace(LITE, padding="symmetric"))
