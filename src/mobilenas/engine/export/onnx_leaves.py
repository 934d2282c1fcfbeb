"""Writes each kind of module of a network as ONNX nodes."""

from collections.abc import Sequence
from functools import singledispatch
from math import prod

import torch
from torch import nn
from torch.nn.modules.utils import _pair

from mobilenas.engine.export.onnx_graph import Nodes
from mobilenas.engine.export.steps import unknown
from mobilenas.engine.export.window import dilation_of, pads_of
from mobilenas.network.heads.modules import Bilinear, Flattened
from mobilenas.ops.modules.same import Window


@singledispatch
def write_nodes(module: nn.Module, nodes: Nodes, input: str) -> str:
    """Writes a leaf module that is applied to the value ``input``, and returns the name of its output.

    Raises:
        ValueError: the module cannot be written
    """
    raise unknown(module, nodes.place, write_nodes.registry, "ONNX")


@write_nodes.register
def _(module: nn.Conv2d, nodes: Nodes, input: str) -> str:
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise ValueError(f"Layer {nodes.place}: only zero padding with a width in numbers can be exported to ONNX.")
    weights = [nodes.weight("weight", module.weight)]
    if module.bias is not None:
        weights.append(nodes.weight("bias", module.bias))
    window = _window(module, nodes.shapes[input])
    return nodes.slide("Conv", input, *weights, channels=module.out_channels, window=window, group=module.groups)


@write_nodes.register
def _(module: nn.BatchNorm2d, nodes: Nodes, input: str) -> str:
    values = {"scale": module.weight, "shift": module.bias, "mean": module.running_mean, "var": module.running_var}
    weights = [nodes.weight(name, value) for name, value in values.items() if value is not None]
    if len(weights) < len(values):
        raise ValueError(f"Layer {nodes.place}: a batch norm needs weights and statistics to be exported to ONNX.")
    return nodes.add("BatchNormalization", input, *weights, epsilon=module.eps)


@write_nodes.register
def _(module: nn.Linear, nodes: Nodes, input: str) -> str:
    weights = [nodes.weight("weight", module.weight)]
    if module.bias is not None:
        weights.append(nodes.weight("bias", module.bias))
    return nodes.add("Gemm", input, *weights, shape=(nodes.shapes[input][0], module.out_features), transB=1)


@write_nodes.register
def _(module: nn.ReLU, nodes: Nodes, input: str) -> str:
    return nodes.add("Relu", input)


@write_nodes.register
def _(module: nn.ReLU6, nodes: Nodes, input: str) -> str:
    bounds = [nodes.weight(name, torch.tensor(value)) for name, value in (("low", 0.0), ("high", 6.0))]
    return nodes.add("Clip", input, *bounds)


@write_nodes.register
def _(module: nn.Hardswish, nodes: Nodes, input: str) -> str:
    return nodes.add("HardSwish", input)


@write_nodes.register
def _(module: nn.Hardsigmoid, nodes: Nodes, input: str) -> str:
    return nodes.add("HardSigmoid", input, alpha=1 / 6, beta=0.5)


@write_nodes.register
def _(module: nn.Sigmoid, nodes: Nodes, input: str) -> str:
    return nodes.add("Sigmoid", input)


@write_nodes.register
def _(module: nn.AdaptiveAvgPool2d, nodes: Nodes, input: str) -> str:
    if module.output_size not in (1, (1, 1)):
        raise ValueError(f"Layer {nodes.place}: AdaptiveAvgPool2d can be exported to ONNX only with output size 1.")
    return nodes.add("GlobalAveragePool", input, shape=(*nodes.shapes[input][:2], 1, 1))


@write_nodes.register
def _(module: nn.AvgPool2d, nodes: Nodes, input: str) -> str:
    window = _window(module, nodes.shapes[input])
    count = int(module.count_include_pad)
    return nodes.slide("AveragePool", input, channels=nodes.shapes[input][1], window=window, count_include_pad=count)


@write_nodes.register
def _(module: nn.MaxPool2d, nodes: Nodes, input: str) -> str:
    window = _window(module, nodes.shapes[input])
    return nodes.slide("MaxPool", input, channels=nodes.shapes[input][1], window=window)


@write_nodes.register
def _(module: nn.ChannelShuffle, nodes: Nodes, input: str) -> str:
    batch, channels, height, width = shape = nodes.shapes[input]
    grouped = (batch, module.groups, channels // module.groups, height, width)
    split = nodes.add("Reshape", input, nodes.weight("grouped", torch.tensor(grouped)), shape=grouped)
    swapped = nodes.add("Transpose", split, perm=[0, 2, 1, 3, 4])
    return nodes.add("Reshape", swapped, nodes.weight("merged", torch.tensor(shape)), shape=shape)


@write_nodes.register
def _(module: nn.ConstantPad3d, nodes: Nodes, input: str) -> str:
    *before, after = module.padding
    if any(before) or module.value:
        raise ValueError(f"Layer {nodes.place}: padding can be exported to ONNX only if it adds channels of zeros.")
    batch, channels, height, width = nodes.shapes[input]
    pads = nodes.weight("pads", torch.tensor([0, 0, 0, 0, 0, after, 0, 0]))
    return nodes.add("Pad", input, pads, shape=(batch, channels + after, height, width))


@write_nodes.register
def _(module: nn.Flatten, nodes: Nodes, input: str) -> str:
    batch, *rest = nodes.shapes[input]
    return nodes.add("Flatten", input, shape=(batch, prod(rest)))


@write_nodes.register
def _(module: Bilinear, nodes: Nodes, input: str) -> str:
    shape = (*nodes.shapes[input][:2], *module.size)
    sizes, settings = nodes.weight("sizes", torch.tensor(shape)), {"coordinate_transformation_mode": "half_pixel"}
    return nodes.add("Resize", input, "", "", sizes, shape=shape, mode="linear", **settings)


@write_nodes.register
def _(module: Flattened, nodes: Nodes, input: str) -> str:
    batch, channels, height, width = nodes.shapes[input]
    last = nodes.add("Transpose", input, perm=[0, 2, 3, 1], shape=(batch, height, width, channels))
    shape = (batch, channels * height * width // module.columns, module.columns)
    return nodes.add("Reshape", last, nodes.weight("rows", torch.tensor(shape)), shape=shape)


def join_nodes(nodes: Nodes, inputs: Sequence[str]) -> str:
    """Writes maps as one with all their channels, or tables as one with all their rows; returns the output's name."""
    batch, _, *rest = nodes.shapes[inputs[0]]
    size = sum(nodes.shapes[one][1] for one in inputs)
    return nodes.add("Concat", *inputs, shape=(batch, size, *rest), axis=1)


def _window(module: Window, shape: Sequence[int]) -> dict[str, list[int]]:
    """Returns the attributes of a module that slides a window over a map of a shape."""
    height, width = shape[-2:]
    pads = list(zip(*pads_of(module, height, width), strict=True))
    window = {
        "kernel_shape": list(_pair(module.kernel_size)),
        "strides": list(_pair(module.stride)),
        "pads": [*pads[0], *pads[1]],
    }
    dilations = list(dilation_of(module))
    return window if dilations == [1, 1] else window | {"dilations": dilations}
