"""The settings that all spaces on a skeleton share: each changes every network as the network's own transform does."""

from collections.abc import Callable

import numpy as np
import pytest

from mobilenas.network import NetworkSpec
from mobilenas.network.transform import scale_hidden, scale_width, set_classes, set_resolution, unstride
from mobilenas.search_space import FBNet, MnasNet, MobileNetV4, MoGA, ProxylessMobile, SkeletonSettings

LAYERWISE = (FBNet, MobileNetV4, MoGA, ProxylessMobile)
HAVE_A_HIDDEN_LAYER = (MobileNetV4, MoGA)
Change = Callable[[NetworkSpec], NetworkSpec]


def expect_changed(kind: type[SkeletonSettings], settings: dict[str, float], change: Change, *data: int) -> None:
    space, changed = kind().space(1000, 224), kind(**settings).space(*data)
    drawn = space.sample(10, np.random.default_rng(0))
    assert [changed.network(one) for one in drawn] == [change(space.network(one)) for one in drawn]


@pytest.mark.parametrize("width", [0.35, 1.4])
@pytest.mark.parametrize("kind", LAYERWISE)
def test_width_scales_every_network(kind: type[SkeletonSettings], width: float) -> None:
    expect_changed(kind, {"width": width}, lambda network: scale_width(network, width), 1000, 224)


@pytest.mark.parametrize("kind", HAVE_A_HIDDEN_LAYER)
def test_hidden_scales_the_hidden_layer(kind: type[SkeletonSettings]) -> None:
    expect_changed(kind, {"hidden": 0.5}, lambda network: scale_hidden(network, 0.5), 1000, 224)


@pytest.mark.parametrize("kind", LAYERWISE)
def test_unstrided_changes_the_first_strides(kind: type[SkeletonSettings]) -> None:
    expect_changed(kind, {"unstrided": 2}, lambda network: unstride(set_resolution(network, 32), 2), 1000, 32)


@pytest.mark.parametrize("kind", LAYERWISE)
def test_the_data_decide_about_classes_and_resolution(kind: type[SkeletonSettings]) -> None:
    expect_changed(kind, {}, lambda network: set_classes(set_resolution(network, 160), 10), 10, 160)


@pytest.mark.parametrize("kind", (*LAYERWISE, MnasNet))
@pytest.mark.parametrize(
    ("data", "said"),
    [((0, 224), "classes must be a whole number above 0"), ((10, 0), "must be a whole number above 0")],
)
def test_data_of_nothing_are_refused(kind: type[SkeletonSettings], data: tuple[int, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kind().space(*data)
