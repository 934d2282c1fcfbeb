"""Writes a network or a single layer as TFLite, straight from its modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import nn

from mobilenas.engine.export.steps import Step, function_of, output_names, steps_of
from mobilenas.engine.export.tflite_graph import Operators
from mobilenas.engine.export.tflite_leaves import join_operators, write_function, write_operators
from mobilenas.network.heads.modules import Joined
from mobilenas.ops import Shape

FUNCTIONS: Mapping[str, str] = MappingProxyType({"add": "ADD", "mul": "MUL"})


def to_tflite(
    module: nn.Module, input: Shape, name: str, batch: int = 1, about: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Returns the file of a module in eval mode, from ``input`` ``(N, H, W, C)`` to ``output``.

    A detector has the outputs ``boxes`` and ``scores``.

    Batch norms are folded into the convolutions before them, and ReLU and ReLU6 into the operators before them. A
    strided window with padding on all sides becomes an operator that pads and a window without padding, because the
    format knows TensorFlow's convention alone; a network with ``padding: same`` needs no such operator.

    Args:
        module: the module that ``NetworkSpec.build`` or ``Layer.build`` made
        input: the shape of one image
        name: the name of the graph
        batch: number of images in a forward pass
        about: texts by name, which stand in the file as its metadata

    Raises:
        ValueError: the module is in training mode, or a part of it cannot be exported
    """
    graph = Operators((batch, input.height, input.width, input.channels))
    steps, ends = steps_of(module, name)
    readers = Counter([*(number for step in steps for number in step.reads), *ends])
    tensors = [0]
    for step in steps:
        graph.place = step.place
        tensors.append(_written(step, graph, tensors, readers))
    outputs = [_own_output(graph, tensors[end]) for end in ends]
    return graph.packed(dict(zip(output_names(module), outputs, strict=True)), name, about)


def _written(step: Step, graph: Operators, tensors: list[int], readers: Mapping[int, int]) -> int:
    """Writes a step, and returns the number of its output."""
    inputs = tuple(tensors[number] for number in step.reads)
    if isinstance(step.does, Joined):
        return join_operators(graph, inputs)
    if isinstance(step.does, nn.Module):
        return write_operators(step.does, graph, inputs[0], readers[step.reads[0]] == 1)
    return write_function(FUNCTIONS[function_of(step, "TFLite")], graph, inputs)


def _own_output(graph: Operators, tensor: int) -> int:
    """Returns the number of the output, which cannot be the input itself."""
    if tensor:
        return tensor
    return write_function("ADD", graph, (0, graph.constant("zero", torch.zeros(1).numpy())))
