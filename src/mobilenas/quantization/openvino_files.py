"""OpenVINO's files: the graph in an ``.xml``, and the weights in a ``.bin`` beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mobilenas.engine.base import Engine, Precision
from mobilenas.engine.openvino import core, properties_of
from mobilenas.engine.openvino_packages import load_openvino, nncf_version, openvino_version
from mobilenas.files.whole import replacing
from mobilenas.network import NetworkSpec
from mobilenas.quantization.runtime import ImageBatch, Runtime, joined_outputs, layer_number, one_by_one
from mobilenas.training.scores import Runner

LENGTH_BYTES = 8  # of the number that tells how long the graph is


class OpenVinoFiles(Runtime):
    """In memory both files are one text of bytes: the length of the graph, the graph and the weights."""

    title, ending = "OpenVINO", ".xml"

    def check(self) -> None:
        openvino_version()
        nncf_version()

    def engine(self, threads: int, precision: Precision) -> Engine:
        from mobilenas.engine import OpenVino

        return OpenVino(threads, 1, precision)

    def file(self, spec: NetworkSpec, module: nn.Module, about: Mapping[str, str]) -> bytes:
        from mobilenas.engine.export import to_onnx
        from mobilenas.engine.export.openvino_int8 import to_openvino

        return _joined(to_openvino(to_onnx(module, spec.input, spec.name)), about)

    def int8(self, file: bytes, batches: Iterable[ImageBatch], about: Mapping[str, str]) -> bytes:
        from mobilenas.engine.export.openvino_int8 import to_int8_openvino

        return _joined(to_int8_openvino(_model(file), batches), about)

    def outputs(self, file: bytes, threads: int) -> Runner:
        request = _request(_model(file), threads)

        def run(image: Tensor) -> list[Tensor]:
            return [torch.from_numpy(one.copy()) for one in request.infer([image.numpy()]).values()]

        return lambda images: joined_outputs([run(one) for one in one_by_one(images)])

    def layers(self, file: bytes, images: Sequence[ImageBatch], names: Mapping[int, str]) -> dict[int, ImageBatch]:
        model = _model(file)
        made = {operation.get_friendly_name(): operation.output(0) for operation in _operations(model)}
        wanted = dict[int, Any]()
        for layer, name in names.items():
            rounded = f"{name}/fq_output_0"
            if rounded in made or name in made:
                wanted[layer] = made[rounded if rounded in made else name]
        part = load_openvino().Model([*wanted.values()], model.get_parameters(), "layers")
        request = _request(part, 1)
        found = [[value.copy() for value in request.infer([one]).values()] for one in images]
        return {layer: np.stack(values) for layer, values in zip(wanted, zip(*found, strict=True), strict=True)}

    def layer_names(self, file: bytes, last: int | None) -> dict[int, str]:
        model = _model(file)
        made = [operation.get_friendly_name() for operation in _operations(model)]
        end = model.output(0).get_node().input_value(0).get_node().get_friendly_name()
        ends = {} if last is None else {last: end}
        return {layer: name for name in made if (layer := layer_number(name)) is not None} | ends

    def paths(self, path: Path) -> tuple[Path, ...]:
        return path, path.with_suffix(".bin")

    def write(self, file: bytes, path: Path) -> None:
        for one, content in zip(self.paths(path), _parts(file), strict=True):
            with replacing(one) as new:
                new.write_bytes(content)

    def read(self, path: Path) -> bytes:
        return _of_parts(*(one.read_bytes() for one in self.paths(path)))


def _joined(model: Any, about: Mapping[str, str]) -> bytes:
    for name, text in about.items():
        model.set_rt_info(text, ["mobilenas", name])
    with TemporaryDirectory() as folder:
        graph, weights = Path(folder) / "graph.xml", Path(folder) / "weights.bin"
        load_openvino().serialize(model, str(graph), str(weights))
        return _of_parts(graph.read_bytes(), weights.read_bytes())


def _of_parts(graph: bytes, weights: bytes) -> bytes:
    return len(graph).to_bytes(LENGTH_BYTES) + graph + weights


def _parts(file: bytes) -> tuple[bytes, bytes]:
    end = LENGTH_BYTES + int.from_bytes(file[:LENGTH_BYTES])
    return file[LENGTH_BYTES:end], file[end:]


def _model(file: bytes) -> Any:
    return core().read_model(*_parts(file))


def _request(model: Any, threads: int) -> Any:
    return core().compile_model(model, "CPU", properties_of(threads)).create_infer_request()


def _operations(model: Any) -> list[Any]:
    """Returns the operations that compute something, each after those that it reads."""
    return [one for one in model.get_ordered_ops() if one.get_type_name() not in ("Constant", "Result")]
