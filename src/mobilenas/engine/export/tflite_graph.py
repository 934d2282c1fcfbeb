"""A TFLite graph while it is being written; its maps are ``(N, H, W, C)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

VERSION = 3  # of the format
IDENTIFIER = b"TFL3"
SIGNATURE = "serving_default"
TYPES = {np.dtype(np.float32): schema.TensorType.FLOAT32, np.dtype(np.int32): schema.TensorType.INT32}
ACTIVATIONS = {"RELU": schema.ActivationFunctionType.RELU, "RELU6": schema.ActivationFunctionType.RELU6}
"""Activations that the operator before them can do."""


@dataclass
class Operators:
    """The operators and tensors of a graph that is being written.

    Args:
        shape: the shape ``(N, H, W, C)`` of the input, which is tensor 0
    """

    shape: Sequence[int]
    place: str = ""
    tensors: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])  # the first one is empty
    operators: list[Any] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tensor("input", self.shape)

    def shape_of(self, tensor: int) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return tuple(self.tensors[tensor].shape)

    def constant(self, name: str, values: NDArray[Any]) -> int:
        """Writes a constant, and returns the number of its tensor."""
        data = np.ascontiguousarray(values, np.float32 if values.dtype.kind == "f" else np.int32)
        self.buffers.append(schema.BufferT(data=data.reshape(-1).view(np.uint8)))
        return self._tensor(f"{self.place} {name}", data.shape, data.dtype, len(self.buffers) - 1)

    def add(self, op: str, *inputs: int, kind: str, shape: Sequence[int], options: Any = None) -> int:
        """Writes an operator, and returns the number of its output.

        Args:
            op: its name in the format, ``CONV_2D``
            inputs: the tensors that it reads
            kind: its kind, the end of the output's name
            shape: the shape of its output
            options: its options
        """
        kinds = vars(schema.BuiltinOptions)
        output = self._tensor(f"{self.place} {kind}", shape)
        self.operators.append(
            schema.OperatorT(
                opcodeIndex=self.codes.setdefault(op, len(self.codes)),
                inputs=list(inputs),
                outputs=[output],
                builtinOptions=options,
                builtinOptionsType=kinds[type(options).__name__.removesuffix("T")] if options else 0,
            )
        )
        return output

    def activate(self, op: str, input: int, is_read_once: bool) -> int:
        """Writes an activation, or lets the operator before it do it; returns the number of the output."""
        last = self.operators[-1] if self.operators else None
        options: Any = last.builtinOptions if last and last.outputs == [input] else None
        if is_read_once and getattr(options, "fusedActivationFunction", None) == 0:
            options.fusedActivationFunction = ACTIVATIONS[op]
            return input
        return self.add(op, input, kind="elementwise", shape=self.shape_of(input))

    def packed(self, outputs: Mapping[str, int], name: str, about: Mapping[str, str]) -> bytes:
        """Returns the file with one signature, from ``input`` to the outputs.

        Args:
            outputs: the numbers of the outputs by their names
            name: the name of the graph
            about: texts by name, which stand in the file as its metadata
        """
        metadata = []
        for key, text in about.items():
            self.buffers.append(schema.BufferT(data=np.frombuffer(text.encode(), np.uint8)))
            metadata.append(schema.MetadataT(key, len(self.buffers) - 1))
        for output, tensor in outputs.items():
            self.tensors[tensor].name = output
        last = list(outputs.values())
        graph = schema.SubGraphT(tensors=self.tensors, inputs=[0], outputs=last, operators=self.operators, name=name)
        ends = {"inputs": [schema.TensorMapT("input", 0)]}
        ends["outputs"] = [schema.TensorMapT(output, tensor) for output, tensor in outputs.items()]
        model = schema.ModelT(
            version=VERSION,
            operatorCodes=[_code(op) for op in self.codes],
            subgraphs=[graph],
            description="made by mobilenas",
            metadata=metadata,
            buffers=self.buffers,
            signatureDefs=[schema.SignatureDefT(**ends, signatureKey=SIGNATURE)],
        )
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())

    def _tensor(self, name: str, shape: Sequence[int], dtype: Any = np.float32, buffer: int = 0) -> int:
        kind = TYPES[np.dtype(dtype)]
        self.tensors.append(schema.TensorT(shape=list(shape), type=kind, buffer=buffer, name=self._free(name)))
        return len(self.tensors) - 1

    def _free(self, name: str) -> str:
        taken = {tensor.name for tensor in self.tensors}
        while name in taken:
            name += "'"
        return name


def _code(op: str) -> Any:
    code = getattr(schema.BuiltinOperator, op)
    return schema.OperatorCodeT(deprecatedBuiltinCode=min(code, 127), builtinCode=code)
