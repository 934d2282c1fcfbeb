"""ONNX files, which ONNX Runtime runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mobilenas.engine.base import Engine, Precision
from mobilenas.network import NetworkSpec
from mobilenas.quantization.runtime import ImageBatch, Runtime, joined_outputs, layer_number, one_by_one
from mobilenas.training.scores import Runner


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

        def run(image: Tensor) -> list[Tensor]:
            return [torch.from_numpy(one) for one in session.run(None, {"input": image.numpy()})]

        return lambda images: joined_outputs([run(one) for one in one_by_one(images)])

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

    def layer_names(self, file: bytes, last: int | None) -> dict[int, str]:
        import onnx

        nodes = onnx.load_from_string(file).graph.node
        return {layer: node.output[0] for node in nodes if (layer := layer_number(node.name)) is not None}

    def _session(self, file: bytes, threads: int) -> Any:
        from mobilenas.engine.export import load_onnxruntime
        from mobilenas.engine.export.onnx_int8 import EXACT

        options = load_onnxruntime().SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors alone
        options.add_session_config_entry(*EXACT)
        return load_onnxruntime().InferenceSession(file, options, providers=["CPUExecutionProvider"])
