"""Writes a network or a single layer as ONNX, with batch norms folded into the convolutions before them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType, ModuleType

import onnx
import torch
from onnx import helper
from torch import nn

from mobilenas.engine.export.difference import largest_difference, outputs_of
from mobilenas.engine.export.onnx_graph import Nodes
from mobilenas.engine.export.onnx_leaves import join_nodes, write_nodes
from mobilenas.engine.export.steps import Step, function_of, output_names, steps_of
from mobilenas.network.heads.modules import Joined
from mobilenas.ops import Shape

OPSET = 17
IR_VERSION = 8  # the format that came with the opset (2021), so that older engines read it

FUNCTIONS: Mapping[str, str] = MappingProxyType({"add": "Add", "mul": "Mul"})


def to_onnx(module: nn.Module, input: Shape, name: str, batch: int = 1) -> onnx.ModelProto:
    """Returns the graph of a module in eval mode, from ``input`` ``(N, C, H, W)`` to ``output``.

    A detector has the outputs ``boxes`` and ``scores``.

    The name of a node consists of its place in the module and its kind: ``5.1.0 depthwise conv``. The first number of
    the place is the layer of the network.

    Args:
        module: the module that ``NetworkSpec.build`` or ``Layer.build`` made
        input: the shape of one image
        name: the name of the graph
        batch: number of images in a forward pass

    Raises:
        ValueError: the module is in training mode, or a part of it cannot be exported
    """
    nodes = Nodes((batch, input.channels, input.height, input.width))
    steps, ends = steps_of(module, name)
    values = ["input"]
    for step in steps:
        nodes.place = step.place
        values.append(_written(step, nodes, [values[number] for number in step.reads]))
    outputs = output_names(module)
    for end, output in zip(ends, outputs, strict=True):
        nodes.end(values[end], output)
    first, *last = [
        helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, nodes.shapes[end]) for end in ("input", *outputs)
    ]
    graph = helper.make_graph(nodes.nodes, name, [first], last, list(nodes.weights.values()))
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="mobilenas")


def check_onnx(model: onnx.ModelProto, module: nn.Module, input: Shape) -> float:
    """Returns the largest difference between the graph's outputs and the module's on random images."""
    batch = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value
    shape = (batch, input.channels, input.height, input.width)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    session = load_onnxruntime().InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = [torch.from_numpy(one) for one in session.run(None, {"input": images.numpy()})]
    return largest_difference(outputs_of(module, images), found)


def load_onnxruntime() -> ModuleType:
    """Imports ONNX Runtime; a plain import writes a device id and a database into the home folder."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return import_module("onnxruntime")


def _written(step: Step, nodes: Nodes, inputs: Sequence[str]) -> str:
    """Writes a step, and returns the name of its output."""
    if isinstance(step.does, Joined):
        return join_nodes(nodes, inputs)
    if isinstance(step.does, nn.Module):
        return write_nodes(step.does, nodes, inputs[0])
    return nodes.add(FUNCTIONS[function_of(step, "ONNX")], *inputs)
