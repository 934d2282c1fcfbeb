"""The runtimes whose files a network is written to, with 32 and with 8 bits."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mobilenas.engine.base import Engine, Precision, version_of
from mobilenas.network import NetworkSpec
from mobilenas.training.scores import Runner

ImageBatch = NDArray[np.float32]


class Runtime(ABC):
    """Writes and runs files for one image at a time.

    Attributes:
        title: its name in words
        ending: the ending of its files
    """

    title: str
    ending: str

    def check(self) -> None:
        """Raises ValueError if the runtime, or what quantizes for it, is not installed."""

    @abstractmethod
    def engine(self, threads: int, precision: Precision) -> Engine:
        """Returns what measures its latency."""

    @abstractmethod
    def file(self, spec: NetworkSpec, module: nn.Module, about: Mapping[str, str]) -> bytes:
        """Returns the file of a network with 32 bits.

        Args:
            spec: its description
            module: its module in eval mode
            about: texts by name, which stand in the file
        """

    @abstractmethod
    def int8(self, file: bytes, batches: Iterable[ImageBatch], about: Mapping[str, str]) -> bytes:
        """Returns the same file with 8 bits.

        Args:
            file: the file with 32 bits
            batches: calibration images, each ``(1, C, H, W)``
            about: texts by name, which stand in the file
        """

    @abstractmethod
    def outputs(self, file: bytes, threads: int) -> Runner:
        """Returns what computes the network's outputs, of a file with 8 bits as exactly as the runtime can."""

    @abstractmethod
    def layers(self, file: bytes, images: Sequence[ImageBatch], names: Mapping[int, str]) -> dict[int, ImageBatch]:
        """Returns what each layer computes for some images, by the number of the layer.

        Args:
            file: the file
            images: the images, each ``(1, C, H, W)``
            names: names of the layers' values in the file with 32 bits
        """

    @abstractmethod
    def layer_names(self, file: bytes, last: int) -> dict[int, str]:
        """Returns the name of each layer's last value in a file with 32 bits, by the number of the layer.

        Args:
            file: the file
            last: the number of the network's last layer
        """


class OnnxFiles(Runtime):
    title, ending = "ONNX Runtime", ".onnx"

    def engine(self, threads: int, precision: Precision) -> Engine:
        from mobilenas.engine import OnnxRuntime

        return OnnxRuntime(threads, 1, precision)

    def file(self, spec: NetworkSpec, module: nn.Module, about: Mapping[str, str]) -> bytes:
        from onnx import helper

        from mobilenas.engine.export import to_onnx

        model = to_onnx(module, spec.input, spec.name)
        helper.set_model_props(model, dict(about))
        return bytes(model.SerializeToString())

    def int8(self, file: bytes, batches: Iterable[ImageBatch], about: Mapping[str, str]) -> bytes:
        import onnx

        from mobilenas.engine.export.onnx_int8 import to_int8_onnx

        model = to_int8_onnx(onnx.load_from_string(file), batches)
        onnx.helper.set_model_props(model, dict(about))
        return bytes(model.SerializeToString())

    def outputs(self, file: bytes, threads: int) -> Runner:
        session = self._session(file, threads)

        def run(images: Tensor) -> Tensor:
            found = [session.run(None, {"input": one.numpy()})[0] for one in _each(images)]
            return torch.from_numpy(np.concatenate(found))

        return run

    def layers(self, file: bytes, images: Sequence[ImageBatch], names: Mapping[int, str]) -> dict[int, ImageBatch]:
        import onnx

        model = onnx.load_from_string(file)
        made = {name for node in model.graph.node for name in node.output}
        wanted = dict[int, str]()
        for layer, name in names.items():
            dequantized = f"{name}_DequantizeLinear_Output"
            if dequantized in made or name in made:
                wanted[layer] = dequantized if dequantized in made else name
        known = {one.name for one in model.graph.output}
        more = [onnx.helper.make_tensor_value_info(one, onnx.TensorProto.FLOAT, None) for one in wanted.values()]
        model.graph.output.extend(one for one in more if one.name not in known)
        session = self._session(model.SerializeToString(), 1)
        found = [session.run([*wanted.values()], {"input": one}) for one in images]
        return {layer: np.stack(values) for layer, values in zip(wanted, zip(*found, strict=True), strict=True)}

    def layer_names(self, file: bytes, last: int) -> dict[int, str]:
        import onnx

        nodes = onnx.load_from_string(file).graph.node
        return {layer: node.output[0] for node in nodes if (layer := _layer(node.name)) is not None}

    def _session(self, file: bytes, threads: int) -> Any:
        from mobilenas.engine.export import load_onnxruntime
        from mobilenas.engine.export.onnx_int8 import EXACT

        options = load_onnxruntime().SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors alone
        options.add_session_config_entry(*EXACT)
        return load_onnxruntime().InferenceSession(file, options, providers=["CPUExecutionProvider"])


class TfliteFiles(Runtime):
    title, ending = "LiteRT", ".tflite"

    def check(self) -> None:
        from mobilenas.engine.export.tflite_int8 import QUANTIZER
        from mobilenas.engine.litert_profiler import litert_version

        litert_version()
        version_of(*QUANTIZER)

    def engine(self, threads: int, precision: Precision) -> Engine:
        from mobilenas.engine import LiteRT

        return LiteRT(threads, 1, precision)

    def file(self, spec: NetworkSpec, module: nn.Module, about: Mapping[str, str]) -> bytes:
        from mobilenas.engine.export.tflite import to_tflite

        return to_tflite(module, spec.input, spec.name, about=about)

    def int8(self, file: bytes, batches: Iterable[ImageBatch], about: Mapping[str, str]) -> bytes:
        from mobilenas.engine.export.tflite_int8 import to_int8_tflite

        return to_int8_tflite(file, batches)

    def outputs(self, file: bytes, threads: int) -> Runner:
        from mobilenas.engine.litert_runner import runner

        run = runner(file, threads)
        return lambda images: torch.cat([run(one) for one in _each(images)])

    def layers(self, file: bytes, images: Sequence[ImageBatch], names: Mapping[int, str]) -> dict[int, ImageBatch]:
        from mobilenas.engine.litert_runner import all_values

        found = [all_values(file, torch.from_numpy(one), names.values()) for one in images]
        return {layer: np.stack([values[name] for values in found]) for layer, name in names.items()}

    def layer_names(self, file: bytes, last: int) -> dict[int, str]:
        from ai_edge_litert import schema_py_generated as schema

        graph = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file, 0)).subgraphs[0]
        made = [graph.tensors[operator.outputs[0]].name.decode() for operator in graph.operators]
        return {layer: name for name in made if (layer := _layer(name)) is not None} | {last: "output"}


RUNTIMES: Mapping[str, Runtime] = MappingProxyType({"litert": TfliteFiles(), "onnx_runtime": OnnxFiles()})


def _layer(name: str) -> int | None:
    """Returns the number of the layer with which the name of a value begins: 3 of ``3.0 conv 1x1``."""
    found = re.match(r"(\d+)[. ]", name)
    return int(found[1]) if found else None


def _each(images: Tensor) -> tuple[Tensor, ...]:
    return torch.split(images.contiguous(), 1)
