"""Writes each kind of module of a network as TFLite operators."""

from __future__ import annotations

from functools import singledispatch
from math import prod
from typing import Any

import numpy as np
import torch
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d
from torch.nn.modules.utils import _pair

from mobilenas.engine.export.steps import unknown
from mobilenas.engine.export.tflite_graph import Operators
from mobilenas.engine.export.window import Pads, dilation_of, pads_of, windows_of
from mobilenas.network.heads.modules import Bilinear, Flattened
from mobilenas.network.kinds import operation_kind
from mobilenas.ops.modules.same import Window
from mobilenas.ops.padding import same_pads

SAME, VALID = schema.Padding.SAME, schema.Padding.VALID


@singledispatch
def write_operators(module: nn.Module, graph: Operators, input: int, is_read_once: bool) -> int:
    """Writes a leaf module that is applied to the tensor ``input``, and returns the number of its output.

    Args:
        module: the module
        graph: the graph
        input: the number of the tensor
        is_read_once: whether nothing else reads this tensor

    Raises:
        ValueError: the module cannot be written
    """
    raise unknown(module, graph.place, write_operators.registry, "TFLite")


@write_operators.register
def _(module: nn.Conv2d, graph: Operators, input: int, is_read_once: bool) -> int:
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise ValueError(f"Layer {graph.place}: only zero padding with a width in numbers can be exported to TFLite.")
    kind, shape = operation_kind("Conv", module.weight.shape), module.weight.shape
    padding, padded = _padded(module, graph, input, "PAD")
    output = (*_windows(module, graph.shape_of(input)), module.out_channels)
    (stride_h, stride_w), (dilation_h, dilation_w) = _pair(module.stride), dilation_of(module)
    window = {"padding": padding, "strideH": stride_h, "strideW": stride_w}
    window |= {"dilationHFactor": dilation_h, "dilationWFactor": dilation_w}
    bias = _bias(module, graph, module.out_channels)
    if module.groups == module.in_channels > 1:
        weight = graph.constant("weight", _numbers(module.weight).transpose(1, 2, 3, 0))
        options: Any = schema.DepthwiseConv2DOptionsT(**window, depthMultiplier=shape[0] // module.groups)
        op = "DEPTHWISE_CONV_2D"
    else:
        weight = graph.constant("weight", _numbers(module.weight).transpose(0, 2, 3, 1))
        op, options = "CONV_2D", schema.Conv2DOptionsT(**window)
    return graph.add(op, padded, weight, bias, kind=kind, shape=output, options=options)


@write_operators.register
def _(module: nn.BatchNorm2d, graph: Operators, input: int, is_read_once: bool) -> int:
    mean, var, scale, shift = module.running_mean, module.running_var, module.weight, module.bias
    if mean is None or var is None:
        raise ValueError(f"Layer {graph.place}: a batch norm needs statistics to be exported to TFLite.")
    factor = (scale if scale is not None else 1.0) * (var + module.eps).rsqrt()
    offset = (shift if shift is not None else 0.0) - mean * factor
    scaled = _elementwise("MUL", graph, input, graph.constant("factor", _numbers(factor)))
    return _elementwise("ADD", graph, scaled, graph.constant("offset", _numbers(offset)))


@write_operators.register
def _(module: nn.Linear, graph: Operators, input: int, is_read_once: bool) -> int:
    weight, bias = graph.constant("weight", _numbers(module.weight)), _bias(module, graph, module.out_features)
    shape, options = (graph.shape_of(input)[0], module.out_features), schema.FullyConnectedOptionsT()
    return graph.add("FULLY_CONNECTED", input, weight, bias, kind="linear", shape=shape, options=options)


@write_operators.register
def _(module: nn.ReLU, graph: Operators, input: int, is_read_once: bool) -> int:
    return graph.activate("RELU", input, is_read_once)


@write_operators.register
def _(module: nn.ReLU6, graph: Operators, input: int, is_read_once: bool) -> int:
    return graph.activate("RELU6", input, is_read_once)


@write_operators.register
def _(module: nn.Hardswish, graph: Operators, input: int, is_read_once: bool) -> int:
    return graph.add("HARD_SWISH", input, kind="elementwise", shape=graph.shape_of(input))


@write_operators.register
def _(module: nn.Hardsigmoid, graph: Operators, input: int, is_read_once: bool) -> int:
    shifted = _elementwise("ADD", graph, input, graph.constant("three", np.array(3.0)))
    clipped = graph.activate("RELU6", shifted, True)
    return _elementwise("MUL", graph, clipped, graph.constant("sixth", np.array(1 / 6)))


@write_operators.register
def _(module: nn.Sigmoid, graph: Operators, input: int, is_read_once: bool) -> int:
    return graph.add("LOGISTIC", input, kind="elementwise", shape=graph.shape_of(input))


@write_operators.register
def _(module: nn.AdaptiveAvgPool2d, graph: Operators, input: int, is_read_once: bool) -> int:
    if module.output_size not in (1, (1, 1)):
        raise ValueError(f"Layer {graph.place}: AdaptiveAvgPool2d can be exported to TFLite only with output size 1.")
    batch, *_, channels = graph.shape_of(input)
    axes, options = graph.constant("axes", np.array([1, 2])), schema.ReducerOptionsT(keepDims=True)
    return graph.add("MEAN", input, axes, kind="pooling", shape=(batch, 1, 1, channels), options=options)


@write_operators.register
def _(module: nn.AvgPool2d, graph: Operators, input: int, is_read_once: bool) -> int:
    counts = _counts(module, graph.shape_of(input))
    padding, padded = _padded(module, graph, input, "PAD", can_be_same=not module.count_include_pad)
    pooled = _pooled("AVERAGE_POOL_2D", module, graph, input, padding, padded)
    if padded == input or module.count_include_pad:  # the format itself leaves out padding of its own
        return pooled
    return _elementwise("MUL", graph, pooled, graph.constant("counts", counts))


@write_operators.register
def _(module: nn.MaxPool2d, graph: Operators, input: int, is_read_once: bool) -> int:
    padding, padded = _padded(module, graph, input, "PADV2")
    return _pooled("MAX_POOL_2D", module, graph, input, padding, padded)


@write_operators.register
def _(module: nn.ChannelShuffle, graph: Operators, input: int, is_read_once: bool) -> int:
    *rest, channels = shape = graph.shape_of(input)
    split = _reshaped(graph, input, (*rest, module.groups, channels // module.groups))
    order = graph.constant("order", np.array([0, 1, 2, 4, 3]))
    swapped = (*rest, channels // module.groups, module.groups)
    return _reshaped(graph, graph.add("TRANSPOSE", split, order, kind="layout", shape=swapped), shape)


@write_operators.register
def _(module: nn.ConstantPad3d, graph: Operators, input: int, is_read_once: bool) -> int:
    *before, after = module.padding
    if any(before) or module.value:
        raise ValueError(f"Layer {graph.place}: padding can be exported to TFLite only if it adds channels of zeros.")
    return _pad(graph, input, ((0, 0), (0, 0)), "PAD", channels=after)


@write_operators.register
def _(module: nn.Flatten, graph: Operators, input: int, is_read_once: bool) -> int:
    batch, height, width, channels = graph.shape_of(input)
    if height * width > 1:  # torch counts the pixels of a channel first
        order = graph.constant("order", np.array([0, 3, 1, 2]))
        input = graph.add("TRANSPOSE", input, order, kind="layout", shape=(batch, channels, height, width))
    return _reshaped(graph, input, (batch, height * width * channels))


@write_operators.register
def _(module: Bilinear, graph: Operators, input: int, is_read_once: bool) -> int:
    batch, *_, channels = graph.shape_of(input)
    sizes, options = graph.constant("sizes", np.array(module.size)), schema.ResizeBilinearOptionsT()
    options.halfPixelCenters = True
    shape = (batch, *module.size, channels)
    return graph.add("RESIZE_BILINEAR", input, sizes, kind="resize", shape=shape, options=options)


@write_operators.register
def _(module: Flattened, graph: Operators, input: int, is_read_once: bool) -> int:
    batch, *rest = graph.shape_of(input)
    return _reshaped(graph, input, (batch, prod(rest) // module.columns, module.columns))


def join_operators(graph: Operators, inputs: tuple[int, ...]) -> int:
    """Writes maps as one with all their channels, or tables as one with all their rows; returns the output's number."""
    shape = list(graph.shape_of(inputs[0]))
    axis = 3 if len(shape) == 4 else 1
    shape[axis] = sum(graph.shape_of(one)[axis] for one in inputs)
    return graph.add("CONCATENATION", *inputs, kind="layout", shape=shape, options=schema.ConcatenationOptionsT(axis))


def write_function(op: str, graph: Operators, inputs: tuple[int, ...]) -> int:
    """Writes an addition or a multiplication of two tensors, and returns the number of its output."""
    one, other = sorted(inputs, key=lambda tensor: -prod(graph.shape_of(tensor)))
    return _elementwise(op, graph, one, other)


def _elementwise(op: str, graph: Operators, input: int, other: int) -> int:
    options = schema.AddOptionsT() if op == "ADD" else schema.MulOptionsT()
    return graph.add(op, input, other, kind="elementwise", shape=graph.shape_of(input), options=options)


def _reshaped(graph: Operators, input: int, shape: tuple[int, ...]) -> int:
    new, options = graph.constant("shape", np.array(shape)), schema.ReshapeOptionsT(newShape=list(shape))
    return graph.add("RESHAPE", input, new, kind="layout", shape=shape, options=options)


def _pooled(op: str, module: Any, graph: Operators, input: int, padding: int, padded: int) -> int:
    (height, width), (stride_h, stride_w) = _pair(module.kernel_size), _pair(module.stride)
    options = schema.Pool2DOptionsT(padding, stride_w, stride_h, width, height)
    shape = (*_windows(module, graph.shape_of(input)), graph.shape_of(input)[-1])
    return graph.add(op, padded, kind="pooling", shape=shape, options=options)


def _padded(module: Window, graph: Operators, input: int, op: str, can_be_same: bool = True) -> tuple[int, int]:
    """Returns the padding of a window, and the tensor that it slides over: padded, unless the format can do it."""
    _, height, width, _ = graph.shape_of(input)
    pads = _needed_pads(module, graph.shape_of(input))
    kernel, stride, dilation = _pair(module.kernel_size), _pair(module.stride), dilation_of(module)
    if pads == ((0, 0), (0, 0)):
        return VALID, input
    same = tuple(same_pads(*one) for one in zip((height, width), kernel, stride, dilation, strict=True))
    if can_be_same and pads == same:
        return SAME, input
    return VALID, _pad(graph, input, pads, op)


def _needed_pads(module: Window, shape: tuple[int, ...]) -> Pads:
    """Returns the padding without the pixels that no window reaches."""
    _, height, width, _ = shape
    _, *counts = _windows(module, shape)
    needed = []
    sides = zip((height, width), pads_of(module, height, width), _pair(module.kernel_size), strict=True)
    for (size, (before, _), kernel), count, stride, dilation in zip(
        sides, counts, _pair(module.stride), dilation_of(module), strict=True
    ):
        needed.append((before, max(0, (count - 1) * stride + dilation * (kernel - 1) + 1 - size - before)))
    return needed[0], needed[1]


def _windows(module: Window, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Returns the number of images, and of windows along each side."""
    batch, height, width, _ = shape
    return batch, *windows_of(module, height, width)


def _pad(graph: Operators, input: int, pads: Pads, op: str, channels: int = 0) -> int:
    """Writes padding: zeros, or with ``PADV2`` the lowest number."""
    widths = np.array([(0, 0), *pads, (0, channels)])
    shape = [size + before + after for size, (before, after) in zip(graph.shape_of(input), widths, strict=True)]
    reads, options = [graph.constant("pads", widths)], schema.PadOptionsT()
    if op == "PADV2":
        reads.append(graph.constant("lowest", np.array(np.finfo(np.float32).min)))
        options = schema.PadV2OptionsT()
    return graph.add(op, input, *reads, kind="layout", shape=[int(size) for size in shape], options=options)


def _counts(module: nn.AvgPool2d, shape: tuple[int, ...]) -> NDArray[Any]:
    """Returns for each window all its pixels over those that lie in the map, ``(1, H, W, 1)``."""
    _, height, width, _ = shape
    (above, below), (left, right) = _needed_pads(module, shape)
    ones = nn.functional.pad(torch.ones(1, 1, height, width), (left, right, above, below))
    return _numbers(1 / avg_pool2d(ones, module.kernel_size, module.stride)).transpose(0, 2, 3, 1)


def _bias(module: nn.Conv2d | nn.Linear, graph: Operators, channels: int) -> int:
    return graph.constant("bias", np.zeros(channels) if module.bias is None else _numbers(module.bias))


def _numbers(values: Tensor) -> NDArray[Any]:
    numbers: NDArray[Any] = values.detach().cpu().numpy()
    return numbers
