"""Backbones: what is left of a network for classification, and what dilation and halving change."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from mobilenas.network.backbone import Halving, dilated, halved, without_classifier
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.taps import before_last_stride, first_map, last_map
from mobilenas.network.transform import set_resolution
from mobilenas.ops import Classifier, Conv, ConvBlock, Shape
from tests.random_norms import with_random_norms

V2 = without_classifier(load_network("mobilenet_v2"))
LARGE = without_classifier(load_network("mobilenet_v3_large"))
CONV_BLOCKS = NetworkSpec(  # as MnasNet's space has them
    Shape(3, 64, 128),
    (
        *(Conv(8, 3, 2),) * 4,
        ConvBlock(8, 3, 2, residual=True, shortcut="pooling"),
        ConvBlock(8, 5, residual=True),
        ConvBlock(12, 3),
    ),
    name="conv_blocks",
)

WITHOUT_LATE_SE = ["mobilenet_v2", "mnasnet_b1", "proxyless_mobile", "fbnet_c", "mobilenet_v4_conv_small"]


def with_random_statistics(network: nn.Module) -> nn.Module:
    return with_random_norms(network).double().eval()


def test_the_backbone_is_what_stands_before_the_pooling() -> None:
    network = load_network("mobilenet_v2")
    assert V2.ops == network.ops[:-1] and V2.layers[-1].output == Shape(1280, 7, 7)
    assert without_classifier(network, last_conv=False).layers[-1].output == Shape(320, 7, 7)
    assert without_classifier(V2) == V2


def test_a_convolution_that_stands_for_a_block_with_a_stride_stays() -> None:
    ops = (Conv(8, 3, stride=2), Conv(16, 1, stride=2), Conv(32, 1), Classifier(10))
    backbone = without_classifier(NetworkSpec(Shape(3, 16, 16), ops), last_conv=False)
    assert backbone.ops == ops[:2]


def test_only_a_classifier_is_no_backbone() -> None:
    network = NetworkSpec(Shape(3, 8, 8), (Classifier(2),), name="mine")
    with pytest.raises(ValueError, match=r"^mine has no layers before its classifier\.$"):
        without_classifier(network)


@pytest.mark.parametrize("name", [*WITHOUT_LATE_SE, CONV_BLOCKS.name])
def test_a_dilated_network_computes_the_same_at_every_second_row_and_column(name: str) -> None:
    """The definition of atrous convolution, borders included; an SE would pool over more places."""
    torch.manual_seed(0)
    published = CONV_BLOCKS if name == CONV_BLOCKS.name else load_network(name)
    network = replace(without_classifier(published), input=Shape(3, 64, 128))
    strided, dense = (with_random_statistics(one.build()) for one in (network, dilated(network, 16)))
    dense.load_state_dict(strided.state_dict())
    images = torch.randn(2, 3, 64, 128, dtype=torch.double)
    with torch.inference_mode():
        found, expected = dense(images), strided(images)
    assert expected.shape[2:] == (2, 4) and found.shape[2:] == (4, 8) and expected.std() > 1e-3
    torch.testing.assert_close(found[:, :, ::2, ::2], expected, rtol=1e-9, atol=1e-12)


def test_dilation_changes_no_parameters_and_four_times_the_multiply_adds_of_the_last_stage() -> None:
    dense = dilated(V2, 16)
    assert dense.params == V2.params
    assert [one.macs for one in dense.layers[:14]] == [one.macs for one in V2.layers[:14]]
    assert [one.macs for one in dense.layers[15:]] == [4 * one.macs for one in V2.layers[15:]]
    assert dilated(V2, 32) == V2


# MobileNetV3-Large has its last stride in layer 13, whose kernel is 5 x 5 as those of the two blocks after it.
def test_the_block_that_loses_its_stride_is_not_dilated() -> None:
    convs = [part for part in dilated(LARGE, 16).build().modules() if isinstance(part, nn.Conv2d)]
    wide = [(conv.in_channels, conv.padding) for conv in convs if conv.dilation == (2, 2)]
    assert wide == [(960, (4, 4)), (960, (4, 4))]


# MobileNetV2's layer 14 has the last stride: 96 to 576 to 160 channels, and then 160 to 960 to 160.
@pytest.mark.parametrize(("halving", "first"), [("channels", 576), ("expansions", 288)])
def test_channels_are_halved_from_the_last_stride_on(halving: Halving, first: int) -> None:
    network = halved(V2, halving)
    assert network.ops[:14] == V2.ops[:14]
    assert [layer.output.channels for layer in network.layers[14:]] == [80, 80, 80, 160, 640]
    assert [op.widths().expansion for op in network.ops[14:]] == [first, 480, 480, 480, None]
    assert network.layers[14].params == (96 + 2 + 9 + 2 + 80) * first + 2 * 80
    assert network.layers[15].params == (80 + 2 + 9 + 2 + 80) * 480 + 2 * 80


def test_a_skip_path_whose_output_alone_is_halved_is_lost() -> None:
    network = halved(CONV_BLOCKS, "channels")
    assert network.ops[:4] == CONV_BLOCKS.ops[:4]
    assert network.ops[4:] == (ConvBlock(4, 3, 2), ConvBlock(4, 5, residual=True), ConvBlock(6, 3))


def test_without_halving_a_network_does_not_change() -> None:
    assert halved(V2, "none") is V2


# C4 is the expansion of the 13th block of MobileNetV3-Large and of the 9th of MobileNetV3-Small (Sec. 6.3).
@pytest.mark.parametrize(
    ("name", "block", "channels"), [("mobilenet_v3_large", 13, 672), ("mobilenet_v3_small", 9, 288)]
)
def test_a_detector_reads_the_maps_that_mobilenet_v3_names(name: str, block: int, channels: int) -> None:
    layers = without_classifier(load_network(name)).layers
    tap = before_last_stride(layers)
    assert (tap.layer, tap.part, tap.shape) == (block, "expansion", Shape(channels, 14, 14))
    assert last_map(layers).shape == layers[-1].output


@pytest.mark.parametrize("change", [lambda network: network, lambda network: dilated(network, 16)])
def test_the_low_map_of_a_segmenter_has_stride_8(change: Callable[[NetworkSpec], NetworkSpec]) -> None:
    network = change(replace(LARGE, input=Shape(3, 1025, 2049)))
    assert first_map(network.layers, 8).shape == Shape(40, 129, 257)


def test_strides_of_a_very_flat_image_are_told_by_its_longer_side() -> None:
    network = set_resolution(load_network("efficientnet_lite0"), (16, 320))
    backbone = dilated(without_classifier(network), 16)
    assert (backbone.layers[-1].output.height, backbone.layers[-1].output.width) == (1, 20)
    assert first_map(backbone.layers, 8).shape.width == 40
