"""Writes a network or a single layer for ncnn, straight from its modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from torch import nn

from mobilenas.engine.export.ncnn_graph import NcnnLayers
from mobilenas.engine.export.ncnn_leaves import write_binary_op, write_layers
from mobilenas.engine.export.steps import Step, function_of, steps_of
from mobilenas.ops import Shape

FUNCTIONS: Mapping[str, int] = MappingProxyType({"add": 0, "mul": 2})
"""Functions, and the number of the operation in ncnn's ``BinaryOp``."""


def to_ncnn(module: nn.Module, input: Shape, name: str) -> tuple[str, bytes]:
    """Returns the text of a module's graph (``.param``) and its weights (``.bin``), from ``input`` to ``output``.

    Batch norms are folded into the convolutions before them, and activations into the layers before them. ncnn runs
    one image at a time.

    Args:
        module: the module that ``NetworkSpec.build`` or ``Layer.build`` made, in eval mode
        input: the shape of the image
        name: names the module in errors

    Raises:
        ValueError: the module is in training mode, or a part of it cannot be exported
    """
    graph = NcnnLayers((input.channels, input.height, input.width))
    steps, (last, *others) = steps_of(module, name)
    if others:
        raise ValueError(f"{name} has {len(others) + 1} outputs, and here ncnn runs networks with one: choose ONNX.")
    readers = Counter([number for step in steps for number in step.reads] + [last])
    values = ["input"]
    for step in steps:
        graph.place = step.place
        values.append(_written(step, graph, values, readers))
    return graph.written(values[last])


def _written(step: Step, graph: NcnnLayers, values: list[str], readers: Mapping[int, int]) -> str:
    """Writes a step, and returns the name of its output."""
    inputs = [values[number] for number in step.reads]
    if isinstance(step.does, nn.Module):
        return write_layers(step.does, graph, inputs[0], readers[step.reads[0]] == 1)
    return write_binary_op(FUNCTIONS[function_of(step, "ncnn")], graph, inputs)
