"""An ONNX graph while it is being written."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper
from torch import Tensor

from mobilenas.network.kinds import operation_kind


class Nodes:
    """The nodes and weights of a graph that is being written, and the shape of each of its values.

    Args:
        shape: the shape ``(N, C, H, W)`` of the value named ``input``
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shapes = {"input": tuple(shape)}
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self.place = ""

    def add(self, op: str, *inputs: str, shape: Sequence[int] | None = None, **attributes: object) -> str:
        """Writes a node and returns the name of its output; without ``shape`` it has the shape of its first input."""
        kind = operation_kind(op, self.weights[inputs[1]].dims if op == "Conv" else ())
        name = f"{self.place} {kind}"
        while name in self.shapes:
            name += "'"
        node = helper.make_node(op, inputs, [name], name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        self.shapes[name] = tuple(shape or self.shapes[inputs[0]])
        return name

    def slide(self, op: str, *inputs: str, channels: int, window: dict[str, list[int]], **attributes: object) -> str:
        """Writes a node that slides a window over height and width."""
        batch, _, *sizes = self.shapes[inputs[0]]
        for axis, size in enumerate(sizes):
            reach = window.get("dilations", [1, 1])[axis] * (window["kernel_shape"][axis] - 1) + 1
            padded = size + window["pads"][axis] + window["pads"][axis + 2]
            sizes[axis] = (padded - reach) // window["strides"][axis] + 1
        return self.add(op, *inputs, shape=(batch, channels, *sizes), **window, **attributes)

    def end(self, result: str, name: str) -> None:
        """Gives an output of the graph its name."""
        if result == "input":
            self.nodes.append(helper.make_node("Identity", ["input"], [name], "identity"))
        for node in self.nodes:
            if node.output[0] == result:
                node.output[0] = name
        self.shapes[name] = self.shapes[result]

    def weight(self, name: str, values: Tensor) -> str:
        """Writes a constant and returns its name."""
        name = f"{self.place} {name}"
        while name in self.weights:  # of a module that is called again
            name += "'"
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(values.detach().cpu().numpy()), name)
        return name
