"""Compares TensorFlow's padding with timm's modules of that convention, in torch and in ONNX."""

from dataclasses import replace

import pytest
import torch
from timm.layers import Conv2dSame
from timm.layers.pool2d_same import MaxPool2dSame
from torch import nn

from mobilenas.engine.export import check_onnx, to_onnx
from mobilenas.network import NetworkSpec, load_network
from mobilenas.network.layer import Layer
from mobilenas.ops import UIB, Classifier, Conv, ConvBlock, MBConv, Pool, Shape, TreeBlock
from mobilenas.ops.modules import SameConv2d, pad_same
from mobilenas.ops.padding import same_pads
from mobilenas.search_space import FBNet, MnasNet, MoGA
from mobilenas.supernet import Supernet

SIZES = [(3, 2, 1), (5, 2, 1), (7, 2, 1), (3, 3, 1), (5, 2, 2), (1, 2, 1)]


@pytest.mark.parametrize("side", [1, 7, 8, 13, 16])
@pytest.mark.parametrize("kernel, stride, dilation", SIZES)
def test_convolution_computes_what_timms_does(kernel: int, stride: int, dilation: int, side: int) -> None:
    plain = nn.Conv2d(4, 6, kernel, stride, kernel // 2 * dilation, dilation, groups=2)
    wanted = Conv2dSame(4, 6, kernel, stride, 0, dilation, groups=2)
    wanted.load_state_dict(plain.state_dict())
    images = torch.randn(2, 4, side, side + 1)
    assert torch.allclose(pad_same(plain)(images), wanted(images), atol=1e-6)


@pytest.mark.parametrize("side", [7, 8])
def test_the_largest_value_of_a_window_is_that_of_timms_module(side: int) -> None:
    images = torch.randn(2, 4, side, side)
    assert torch.equal(pad_same(nn.MaxPool2d(3, 2, 1))(images), MaxPool2dSame(3, 2)(images))


@pytest.mark.parametrize("side, begin", [(8, 0), (7, -1)])  # TensorFlow's windows begin here
def test_an_average_is_of_the_values_of_the_map_alone(side: int, begin: int) -> None:
    images = torch.randn(2, 4, side, side)
    windows = [range(max(0, start), min(side, start + 3)) for start in range(begin, side - 1, 2)]
    wanted = [[images[:, :, rows][:, :, :, columns].mean((2, 3)) for columns in windows] for rows in windows]
    average = pad_same(nn.AvgPool2d(3, 2, 1, count_include_pad=False))(images)
    assert torch.allclose(average, torch.stack([torch.stack(row, 2) for row in wanted], 2), atol=1e-6)


def test_an_odd_pixel_is_padded_at_the_far_side() -> None:
    assert same_pads(8, 3, 2, 1) == (0, 1)
    assert same_pads(8, 5, 2, 1) == (1, 2)
    assert same_pads(7, 3, 2, 1) == (1, 1)


OPS = [
    Conv(8, 3, stride=2),
    ConvBlock(4, 5, stride=2, residual=True, shortcut="pooling"),
    MBConv(8, 5, stride=2, expanded=12),
    UIB(8, 12, start=5, middle=3, stride=2),
    Pool(3, stride=2),
    Pool(3, stride=2, mode="max"),
    TreeBlock(8, 4, ("separable_3",) * 12, stride=2),
]


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
@pytest.mark.parametrize("side", [9, 12])
def test_onnx_computes_what_torch_does(op: object, side: int) -> None:
    layer = Layer(op, Shape(4, side, side), "same")  # type: ignore[arg-type]
    module = layer.build().eval()
    assert module(torch.zeros(1, 4, side, side)).shape[1:] == (layer.output.channels, *[layer.output.height] * 2)
    assert check_onnx(to_onnx(module, layer.input, "layer"), module, layer.input) < 1e-5


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_only_the_key_of_a_strided_layer_tells_the_padding(op: object) -> None:
    strided = Layer(op, Shape(4, 12, 12))  # type: ignore[arg-type]
    assert replace(strided, padding="same").key == f"{strided.key} same"
    plain = Layer(strided.op.with_fitting_residual(strided.input).unstrided(), strided.input)  # type: ignore[union-attr]
    assert replace(plain, padding="same").key == plain.key


def test_counts_and_names_of_weights_are_those_of_the_other_convention() -> None:
    network = load_network("mobilenet_v3_small")
    same = replace(network, padding="same")
    assert (same.params, same.macs) == (network.params, network.macs)
    shapes = [{name: one.shape for name, one in spec.build().state_dict().items()} for spec in (network, same)]
    assert shapes[0] == shapes[1]


def test_yaml_keeps_the_padding() -> None:
    network = NetworkSpec(Shape(3, 8, 8), (Conv(4, 3, stride=2), Classifier(2)), padding="same")
    again = NetworkSpec.from_yaml(network.to_yaml())
    assert again == network and again.padding == "same"
    assert again != replace(network, padding="symmetric")


def test_an_unknown_padding_is_told() -> None:
    text = "{input: {channels: 3, height: 8, width: 8}, padding: SAME, layers: [{op: classifier, classes: 2}]}"
    with pytest.raises(ValueError, match="padding must be one of symmetric, same, not 'SAME'"):
        NetworkSpec.from_yaml(text)


@pytest.mark.parametrize("space", [MoGA, FBNet])
def test_a_path_of_a_supernet_has_the_padding_of_its_network(space: type[MoGA | FBNet]) -> None:
    made = space(width=0.25, padding="same").space(5, 32)
    path = [0] * len(made.options)
    network, supernet = made.network(path), Supernet(made).eval()
    stand_alone = network.build().eval()
    stand_alone.load_state_dict(supernet.path(path).state_dict())
    images = torch.randn(2, 3, 32, 32)
    assert network.padding == "same"
    assert sum(isinstance(part, SameConv2d) for part in stand_alone.modules()) == 5
    assert torch.equal(stand_alone(images), supernet(images, path))


def test_the_padding_of_a_space_is_in_its_fingerprint() -> None:
    for settings in (MoGA, MnasNet):
        plain, same = (settings(padding=padding).space(5, 32) for padding in ("symmetric", "same"))
        assert plain.fingerprint != same.fingerprint
        assert same.network([0] * len(same.options)).padding == "same"
