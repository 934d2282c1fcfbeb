"""Writes each kind of module of a network as ncnn layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.utils import _pair

from mobilenas.engine.export.ncnn_graph import PLAIN, NcnnLayers
from mobilenas.engine.export.steps import unknown
from mobilenas.engine.export.window import dilation_of, pads_of, windows_of
from mobilenas.network.kinds import operation_kind
from mobilenas.ops.modules.same import Window

SIXTH = (1 / 6, 0.5)
"""The slope and the offset of the hard sigmoid and of h-swish."""


@singledispatch
def write_layers(module: nn.Module, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    """Writes a leaf module that is applied to the value ``input``, and returns the name of its output.

    Args:
        module: the module
        graph: the graph
        input: the name of the value
        is_read_once: whether nothing else reads this value

    Raises:
        ValueError: the module cannot be written
    """
    raise unknown(module, graph.place, write_layers.registry, "ncnn")


@write_layers.register
def _(module: nn.Conv2d, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise ValueError(f"Layer {graph.place}: only zero padding with a width in numbers can be exported to ncnn.")
    if len(graph.shapes[input]) == 1:  # after a pooling over the whole map
        if module.weight.shape[2:] != (1, 1) or module.groups > 1:
            raise ValueError(f"Layer {graph.place}: only a 1x1 convolution without groups can follow a pooled map.")
        return _product(module, graph, input, module.out_channels)
    _, height, width = graph.shapes[input]
    (above, below), (left, right) = pads_of(module, height, width)
    (kernel_h, kernel_w), (stride_h, stride_w) = _pair(module.kernel_size), _pair(module.stride)
    dilation_h, dilation_w = dilation_of(module)
    parameters = {
        0: module.out_channels,
        1: kernel_w, 11: kernel_h,
        2: dilation_w, 12: dilation_h,
        3: stride_w, 13: stride_h,
        4: left, 14: above, 15: right, 16: below,
        5: int(module.bias is not None),
        6: module.weight.numel(),
    }  # fmt: skip
    if module.groups > 1:
        parameters[7] = module.groups
    shape = (module.out_channels, *windows_of(module, height, width))
    kind, call = (
        "ConvolutionDepthWise" if module.groups > 1 else "Convolution",
        operation_kind("Conv", module.weight.shape),
    )
    return graph.add(kind, input, call=call, shape=shape, parameters=parameters, weights=_weights(module))


@write_layers.register
def _(module: nn.BatchNorm2d, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    values = (module.weight, module.running_mean, module.running_var, module.bias)
    weights = [_numbers(value) for value in values if value is not None]
    if len(weights) < len(values):
        raise ValueError(f"Layer {graph.place}: a batch norm needs weights and statistics to be exported to ncnn.")
    parameters = {0: module.num_features, 1: module.eps}
    shape = graph.shapes[input]
    return graph.add("BatchNorm", input, call="normalization", shape=shape, parameters=parameters, weights=weights)


@write_layers.register
def _(module: nn.Linear, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    parameters = {0: module.out_features, 1: int(module.bias is not None), 2: module.weight.numel()}
    shape = (module.out_features,)
    return graph.add("InnerProduct", input, call="linear", shape=shape, parameters=parameters, weights=_weights(module))


@write_layers.register
def _(module: nn.ReLU, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return input if graph.activate(1, (), input, is_read_once) else _elementwise("ReLU", graph, input)


@write_layers.register
def _(module: nn.ReLU6, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return (
        input if graph.activate(3, (0.0, 6.0), input, is_read_once) else _elementwise("Clip", graph, input, (0.0, 6.0))
    )


@write_layers.register
def _(module: nn.Hardswish, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return input if graph.activate(6, SIXTH, input, is_read_once) else _elementwise("HardSwish", graph, input, SIXTH)


@write_layers.register
def _(module: nn.Hardsigmoid, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return _elementwise("HardSigmoid", graph, input, SIXTH)


@write_layers.register
def _(module: nn.Sigmoid, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return input if graph.activate(4, (), input, is_read_once) else _elementwise("Sigmoid", graph, input)


@write_layers.register
def _(module: nn.AdaptiveAvgPool2d, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    if module.output_size not in (1, (1, 1)):
        raise ValueError(f"Layer {graph.place}: AdaptiveAvgPool2d can be exported to ncnn only with output size 1.")
    return graph.add("Pooling", input, call="pooling", shape=graph.shapes[input][:1], parameters={0: 1, 4: 1})


@write_layers.register
def _(module: nn.AvgPool2d, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return _pooled(module, graph, input, {0: 1, 6: int(module.count_include_pad)})


@write_layers.register
def _(module: nn.MaxPool2d, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return _pooled(module, graph, input, {0: 0})


@write_layers.register
def _(module: nn.ChannelShuffle, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    shape = graph.shapes[input]
    return graph.add("ShuffleChannel", input, call="layout", shape=shape, parameters={0: module.groups})


@write_layers.register
def _(module: nn.ConstantPad3d, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    *before, after = module.padding
    if any(before) or module.value:
        raise ValueError(f"Layer {graph.place}: padding can be exported to ncnn only if it adds channels of zeros.")
    channels, height, width = graph.shapes[input]
    return graph.add("Padding", input, call="layout", shape=(channels + after, height, width), parameters={8: after})


@write_layers.register
def _(module: nn.Flatten, graph: NcnnLayers, input: str, is_read_once: bool) -> str:
    return graph.add("Flatten", input, call="layout", shape=(prod(graph.shapes[input]),))


def write_binary_op(number: int, graph: NcnnLayers, inputs: Sequence[str]) -> str:
    """Writes an addition (0) or a multiplication (2) of two values, and returns the name of its output."""
    one, other = sorted(inputs, key=lambda name: -prod(graph.shapes[name]))
    return graph.add("BinaryOp", one, other, call="elementwise", shape=graph.shapes[one], parameters={0: number})


def _product(module: nn.Conv2d | nn.Linear, graph: NcnnLayers, input: str, outputs: int) -> str:
    parameters = {0: outputs, 1: int(module.bias is not None), 2: module.weight.numel()}
    call = "linear" if isinstance(module, nn.Linear) else "conv 1x1"
    return graph.add(
        "InnerProduct", input, call=call, shape=(outputs,), parameters=parameters, weights=_weights(module)
    )


def _elementwise(kind: str, graph: NcnnLayers, input: str, numbers: Sequence[float] = ()) -> str:
    parameters = dict(enumerate(numbers))
    return graph.add(kind, input, call="elementwise", shape=graph.shapes[input], parameters=parameters)


def _pooled(module: Window, graph: NcnnLayers, input: str, own: dict[int, int]) -> str:
    channels, height, width = graph.shapes[input]
    (above, below), (left, right) = pads_of(module, height, width)
    (kernel_h, kernel_w), (stride_h, stride_w) = _pair(module.kernel_size), _pair(module.stride)
    window = {1: kernel_w, 11: kernel_h, 2: stride_w, 12: stride_h, 3: left, 13: above, 14: right, 15: below, 5: 1}
    shape = (channels, *windows_of(module, height, width))
    return graph.add("Pooling", input, call="pooling", shape=shape, parameters=own | window)


def _weights(module: nn.Conv2d | nn.Linear) -> list[NDArray[Any]]:
    bias = [] if module.bias is None else [_numbers(module.bias)]
    return [PLAIN, _numbers(module.weight), *bias]


def _numbers(values: Tensor) -> NDArray[Any]:
    return np.ascontiguousarray(values.detach().cpu().numpy(), np.float32)
