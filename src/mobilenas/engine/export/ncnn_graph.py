"""An ncnn graph while it is being written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = "7767517"
PLAIN = np.zeros(1, np.uint32)
"""The mark before a weight that says that it is not compressed."""

ACTIVATION, LIMITS = 9, -23310  # numbers of the parameters of a fused activation
ADD_ZERO = {0: 0, 1: 1, 2: 0.0}
FUSING = ("Convolution", "ConvolutionDepthWise", "InnerProduct")


@dataclass(frozen=True)
class NcnnLayer:
    """A layer of the graph, a line of its file.

    Args:
        kind: its name in ncnn
        name: its own name, which is that of its output too
        inputs: the names of what it reads
        parameters: numbers and lists by ncnn's number of the parameter
        weights: what stands in the file of weights, in order
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    parameters: Mapping[int, float | Sequence[float]] = field(default_factory=dict)
    weights: tuple[NDArray[Any], ...] = ()

    def line(self, outputs: Sequence[str]) -> str:
        """Returns the line, with the names of the outputs."""
        ends = f"{len(self.inputs)} {len(outputs)} {' '.join((*self.inputs, *outputs))}"
        return (
            f"{self.kind} {self.name} {ends} {' '.join(_parameter(*one) for one in self.parameters.items())}".rstrip()
        )


class NcnnLayers:
    """The layers of a graph that is being written; the input is called ``input``.

    Args:
        shape: the shape ``(C, H, W)`` of the input
    """

    def __init__(self, shape: Sequence[int]) -> None:
        channels, height, width = shape
        self.shapes = {"input": tuple(shape)}
        self.place = ""
        self._layers = [NcnnLayer("Input", "input", (), {0: width, 1: height, 2: channels})]

    def add(
        self,
        kind: str,
        *inputs: str,
        call: str,
        shape: Sequence[int],
        parameters: Mapping[int, float | Sequence[float]] = {},
        weights: Sequence[NDArray[Any]] = (),
    ) -> str:
        """Writes a layer, and returns the name of its output.

        Args:
            kind: its name in ncnn
            inputs: the names of what it reads
            call: its kind of operation, the end of its name
            shape: the shape of its output
            parameters: numbers and lists by ncnn's number of the parameter
            weights: what stands in the file of weights, in order
        """
        name = f"{self.place}_{call}".replace(" ", "_")
        while name in self.shapes:
            name += "'"
        self._layers.append(NcnnLayer(kind, name, inputs, parameters, tuple(weights)))
        self.shapes[name] = tuple(shape)
        return name

    def activate(self, number: int, limits: Sequence[float], input: str, is_read_once: bool) -> bool:
        """Lets the layer before do an activation, and returns whether it can.

        Args:
            number: ncnn's number of the activation
            limits: its own parameters
            input: the output of the layer
            is_read_once: whether nothing else reads this output
        """
        last = self._layers[-1]
        if not (is_read_once and last.name == input and last.kind in FUSING and ACTIVATION not in last.parameters):
            return False
        own: dict[int, float | Sequence[float]] = {ACTIVATION: number, **({LIMITS: limits} if limits else {})}
        self._layers[-1] = replace(last, parameters={**last.parameters, **own})
        return True

    def written(self, output: str) -> tuple[str, bytes]:
        """Returns the text of the graph, whose output is called ``output``, and its weights.

        A value that is read several times goes through a layer ``Split``, as ncnn wants it.
        """
        if output == "input":  # which cannot be the output too
            output = self.add("BinaryOp", output, call="elementwise", shape=self.shapes[output], parameters=ADD_ZERO)
        layers = [_renamed(layer, {output: "output"}) for layer in self._layers]
        reads = Counter(name for layer in layers for name in layer.inputs)
        seen, lines, blobs = Counter[str](), [], 0
        for layer in layers:
            inputs = []
            for name in layer.inputs:
                inputs.append(f"{name}_{seen[name]}" if reads[name] > 1 else name)
                seen[name] += 1
            lines.append(replace(layer, inputs=tuple(inputs)).line([layer.name]))
            blobs += 1
            if (count := reads[layer.name]) > 1:
                split = NcnnLayer("Split", f"{layer.name}_split", (layer.name,))
                lines.append(split.line([f"{layer.name}_{number}" for number in range(count)]))
                blobs += count
        weights = b"".join(weight.tobytes() for layer in layers for weight in layer.weights)
        return "\n".join([MAGIC, f"{len(lines)} {blobs}", *lines]) + "\n", weights


def _renamed(layer: NcnnLayer, names: Mapping[str, str]) -> NcnnLayer:
    inputs = tuple(names.get(name, name) for name in layer.inputs)
    return replace(layer, name=names.get(layer.name, layer.name), inputs=inputs)


def _parameter(number: int, value: float | Sequence[float]) -> str:
    if isinstance(value, int | float):
        return f"{number}={_number(value)}"
    return f"{number}={','.join(map(_number, (len(value), *value)))}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.9e}"
