"""TFLite files, which LiteRT runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from torch import nn

from mobilenas.engine.base import Engine, Precision
from mobilenas.network import NetworkSpec
from mobilenas.quantization.runtime import ImageBatch, Runtime, joined_outputs, layer_number, one_by_one
from mobilenas.training.scores import Runner


class TfliteFiles(Runtime):
    title, ending = "LiteRT", ".tflite"

    def check(self) -> None:
        from mobilenas.engine.litert_profiler import litert_version, quantizer_version

        litert_version()
        quantizer_version()

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
        return lambda images: joined_outputs([run.outputs_for(one) for one in one_by_one(images)])

    def layers(self, file: bytes, images: Sequence[ImageBatch], names: Mapping[int, str]) -> dict[int, ImageBatch]:
        from mobilenas.engine.litert_runner import all_values

        found = [all_values(file, torch.from_numpy(one), names.values()) for one in images]
        return {layer: np.stack([values[name] for values in found]) for layer, name in names.items()}

    def layer_names(self, file: bytes, last: int | None) -> dict[int, str]:
        from ai_edge_litert import schema_py_generated as schema

        graph = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file, 0)).subgraphs[0]
        made = [graph.tensors[operator.outputs[0]].name.decode() for operator in graph.operators]
        ends = {} if last is None else {last: "output"}
        return {layer: name for name in made if (layer := layer_number(name)) is not None} | ends
