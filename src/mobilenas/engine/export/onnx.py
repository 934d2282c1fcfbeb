"""Writes a network or a single layer as ONNX, with batch norms folded into the convolutions before them."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from copy import deepcopy
from importlib import import_module
from types import MappingProxyType, ModuleType

import onnx
import torch
from onnx import helper
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from mobilenas.engine.export.graph import Nodes
from mobilenas.engine.export.leaves import write_nodes
from mobilenas.ops import Shape

OPSET = 17
IR_VERSION = 8  # the format that came with the opset (2021), so that older engines read it

FUNCTIONS: Mapping[object, str] = MappingProxyType(
    {operator.add: "Add", torch.add: "Add", operator.mul: "Mul", torch.mul: "Mul"}
)


def to_onnx(module: nn.Module, input: Shape, name: str, batch: int = 1) -> onnx.ModelProto:
    """Returns the graph of a module in eval mode, from ``input`` ``(N, C, H, W)`` to ``output``.

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
    if any(part.training for part in module.modules()):
        raise ValueError(f"{name} is in training mode; call eval() before it is exported to ONNX.")
    shape = (batch, input.channels, input.height, input.width)
    nodes, root = Nodes(shape), nn.Sequential(module).eval()
    nodes.end(_write_graph(root, nodes))
    ends = [
        helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, nodes.shapes[end]) for end in ("input", "output")
    ]
    graph = helper.make_graph(nodes.nodes, name, ends[:1], ends[1:], list(nodes.weights.values()))
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="mobilenas")


def check_onnx(model: onnx.ModelProto, module: nn.Module, input: Shape) -> float:
    """Returns the largest difference between the graph's output and the module's on random images.

    The difference is absolute. If outputs are above 1, it is divided by the largest of them.
    """
    batch = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value
    shape = (batch, input.channels, input.height, input.width)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    session = load_onnxruntime().InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"input": images.numpy()})
    with torch.inference_mode():
        expected = module(images)
    return float((expected - torch.from_numpy(output)).abs().max() / expected.abs().max().clamp(min=1.0))


def load_onnxruntime() -> ModuleType:
    """Imports ONNX Runtime; a plain import writes a device id and a database into the home folder."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return import_module("onnxruntime")


class _Tracer(fx.Tracer):
    """Does not look into modules that do nothing in eval mode, nor into those that pad by themselves."""

    def is_leaf_module(self, module: nn.Module, path: str) -> bool:
        leaves = nn.Dropout | nn.ReLU6 | nn.Conv2d | nn.AvgPool2d | nn.MaxPool2d
        return isinstance(module, leaves) or super().is_leaf_module(module, path)


def _write_graph(root: nn.Module, nodes: Nodes) -> str:
    """Writes everything that a module does, and returns the name of its output."""
    names: dict[fx.Node, str] = {}
    for node in _Tracer().trace(root).nodes:
        inputs = [names[argument] for argument in node.args if isinstance(argument, fx.Node)]
        if node.op == "call_module":
            nodes.place = _place(str(node.target))
            names[node] = _write_module(node, root, nodes, inputs[0])
        elif node.op == "call_function":
            nodes.place = _place(next(reversed(node.meta["nn_module_stack"])))
            names[node] = _write_function(node, nodes, inputs)
        else:
            names[node] = "input" if node.op == "placeholder" else inputs[0]
    return names[node]


def _write_module(node: fx.Node, root: nn.Module, nodes: Nodes, input: str) -> str:
    if _norm_after(node.all_input_nodes[0], root):
        return input
    module, norm = root.get_submodule(str(node.target)), _norm_after(node, root)
    if isinstance(module, nn.Conv2d) and norm:
        module = _fold(module, norm, nodes.place)
    return write_nodes(module, nodes, input)


def _write_function(node: fx.Node, nodes: Nodes, inputs: list[str]) -> str:
    if node.target not in FUNCTIONS or len(inputs) != 2:
        raise ValueError(f"Layer {nodes.place} calls {node.target}, which cannot be exported to ONNX; use add or mul.")
    return nodes.add(FUNCTIONS[node.target], *inputs)


def _norm_after(node: fx.Node, root: nn.Module) -> nn.BatchNorm2d | None:
    """Returns the batch norm to fold into this node, a convolution that nothing else reads."""
    if node.op != "call_module" or len(node.users) != 1:
        return None
    (reader,) = node.users
    if not isinstance(root.get_submodule(str(node.target)), nn.Conv2d) or reader.op != "call_module":
        return None
    norm = root.get_submodule(str(reader.target))
    return norm if isinstance(norm, nn.BatchNorm2d) else None


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d, place: str) -> nn.Conv2d:
    """Returns a convolution that does what both modules do in eval mode."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError(f"Layer {place}: a batch norm without running statistics cannot be exported to ONNX.")
    folded = deepcopy(conv, {id(parameter): parameter for parameter in conv.parameters()})  # shares what is replaced
    folded.weight, folded.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    return folded


def _place(path: str) -> str:
    """Returns a path in the traced root as a path in the module that it wraps."""
    return path.removeprefix("0.")
