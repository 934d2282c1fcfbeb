"""Networks of 8 bits: their ranges, their weights, their outputs on the runtime, and engines that measure them."""

import importlib.metadata
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from mobilenas.engine import Engine, LiteRT, OnnxRuntime, OpenVino, base
from mobilenas.engine.export import load_onnxruntime, to_onnx
from mobilenas.engine.export.onnx_int8 import EXACT, to_int8_onnx, with_int8_ends
from mobilenas.engine.export.tflite import to_tflite
from mobilenas.engine.export.tflite_int8 import to_int8_tflite
from mobilenas.engine.litert_runner import runner
from mobilenas.network import NetworkSpec, load_network, set_resolution
from mobilenas.ops import Classifier, Conv, MBConv, Shape

NETWORK = NetworkSpec(
    Shape(3, 32, 32),
    (Conv(16, 3, stride=2), MBConv(16, 3, expanded=48, residual=True), Conv(32, 1), Classifier(10)),
    name="small",
)
ENGINES = (OnnxRuntime(1, 1, "int8"), LiteRT(1, 1, "int8"), *([OpenVino(1, 1, "int8")] if find_spec("nncf") else []))
LEAST_DB = 25.0  # of 8 bits, whose steps alone leave about 40 dB in each layer


@pytest.fixture(scope="module")
def module() -> nn.Module:
    torch.manual_seed(0)
    built = NETWORK.build()
    with torch.no_grad():
        for _ in range(20):
            built(torch.randn(16, 3, 32, 32))  # batch norms learn their statistics
    return built.eval()


def images(count: int) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal((1, 3, 32, 32), dtype=np.float32) for _ in range(count)]


def signal_to_noise_db(right: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    return float(10 * np.log10((right**2).sum() / ((right - found) ** 2).sum()))


def test_onnx_runtime_computes_what_torch_computes(module: nn.Module) -> None:
    model = to_int8_onnx(to_onnx(module, NETWORK.input, "n"), images(20))
    runtime = load_onnxruntime()
    options = runtime.SessionOptions()
    options.add_session_config_entry(*EXACT)
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    batch = images(30)[20:]
    found = np.concatenate([session.run(None, {"input": one})[0] for one in batch])
    with torch.inference_mode():
        right = module(torch.from_numpy(np.concatenate(batch))).numpy()
    assert signal_to_noise_db(right, found) > LEAST_DB


def test_litert_computes_what_torch_computes(module: nn.Module) -> None:
    run = runner(to_int8_tflite(to_tflite(module, NETWORK.input, "n"), images(20)))
    batch = torch.from_numpy(np.concatenate(images(30)[20:]))
    with torch.inference_mode():
        right = module(batch).numpy()
    found = np.concatenate([run(one[None]).numpy() for one in batch])
    assert signal_to_noise_db(right, found) > LEAST_DB


def test_onnx_has_the_range_of_all_images_and_a_scale_for_each_channel(module: nn.Module) -> None:
    calibration = [*images(3), 5 * images(1)[0]]  # a range that an average of images would not have
    float_model = to_onnx(module, NETWORK.input, "n")
    model = to_int8_onnx(float_model, calibration)
    values = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    every = np.concatenate(calibration)
    assert values["input_scale"] == pytest.approx((every.max() - every.min()) / 255, rel=1e-5)
    weight = {one.name: numpy_helper.to_array(one) for one in float_model.graph.initializer}["0.0 weight"]
    scales = np.abs(weight).max((1, 2, 3)) / 127
    assert values["0.0 weight_scale"] == pytest.approx(scales, rel=2e-2)  # ONNX Runtime may divide by 127.5
    exact = weight / values["0.0 weight_scale"][:, None, None, None]
    assert np.abs(values["0.0 weight_quantized"] - exact).max() <= 0.5 + 1e-3


def test_tflite_has_the_range_of_all_images_and_a_scale_for_each_channel(module: nn.Module) -> None:
    calibration = [*images(3), 5 * images(1)[0]]
    model = to_int8_tflite(to_tflite(module, NETWORK.input, "n"), calibration)
    graph = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0)).subgraphs[0]
    every = np.concatenate(calibration)
    input = graph.tensors[graph.inputs[0]]
    assert input.type == schema.TensorType.INT8
    assert input.quantization.scale[0] == pytest.approx((every.max() - every.min()) / 255, rel=1e-5)
    first = to_onnx(module, NETWORK.input, "n").graph.initializer
    weight = {one.name: numpy_helper.to_array(one) for one in first}["0.0 weight"]
    found = next(tensor for tensor in graph.tensors if tensor.name.decode() == "0.0 weight")
    assert np.array(found.quantization.scale) == pytest.approx(np.abs(weight).max((1, 2, 3)) / 127, rel=1e-5)


def test_the_float_models_stay_as_they_are(module: nn.Module) -> None:
    model, file = to_onnx(module, NETWORK.input, "n"), to_tflite(module, NETWORK.input, "n")
    before = model.SerializeToString(deterministic=True)
    to_int8_onnx(model, images(1))
    assert model.SerializeToString(deterministic=True) == before
    kept = bytes(file)
    to_int8_tflite(file, images(1))
    assert file == kept


def test_a_measured_graph_begins_and_ends_with_8_bits(module: nn.Module) -> None:
    whole = to_int8_onnx(to_onnx(module, NETWORK.input, "n"), images(1))
    inner = with_int8_ends(whole)
    float_kind = onnx.TensorProto.FLOAT
    assert {one.type.tensor_type.elem_type for one in (*whole.graph.input, *whole.graph.output)} == {float_kind}
    (input,), (output,) = inner.graph.input, inner.graph.output
    assert {one.type.tensor_type.elem_type for one in (input, output)} <= {
        onnx.TensorProto.UINT8,
        onnx.TensorProto.INT8,
    }
    onnx.checker.check_model(inner, full_check=True)
    counts = [sum(node.op_type == "QuantizeLinear" for node in model.graph.node) for model in (whole, inner)]
    assert counts[0] == counts[1] + 1


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: type(engine).__name__)
def test_layers_and_networks_run(engine: Engine, module: nn.Module) -> None:
    assert engine.prepare(module, NETWORK.input)() > 0
    for layer in NETWORK.layers:
        assert engine.prepare(layer.build().eval(), layer.input)() > 0
    more: Engine = replace(engine, batch=3)  # type: ignore[type-var]
    assert more.prepare(module, NETWORK.input)() > 0


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: type(engine).__name__)
def test_the_time_of_every_operation_has_a_kind(engine: Engine) -> None:
    """LiteRT runs hard-swish of 8 bits itself, outside XNNPACK, and names it in another way."""
    found = engine.breakdown(set_resolution(load_network("mobilenet_v3_small"), 96))
    assert {"conv kxk", "conv 1x1", "depthwise conv", "elementwise"} <= found.keys()
    assert "other" not in found


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: type(engine).__name__)
@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("flags\t: fpu avx2 avx512_vnni avx512f", "avx512_vnni"),
        ("Features\t: fp asimd asimddp i8mm", "asimddp i8mm"),
        ("flags\t: fpu avx2", "none"),
        ("model name: one that says nothing", "unknown"),
    ],
)
def test_the_precision_and_the_instructions_for_it_are_among_the_facts(
    engine: Engine, flags: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor : 0\n{flags}\n")
    monkeypatch.setattr(base, "CPU_FACTS", path)
    assert (engine.about["precision"], engine.about["int8_instructions"]) == ("int8", told)
    full: Engine = replace(engine, precision="fp32")  # type: ignore[type-var]
    assert full.about["precision"] == "fp32"


def test_a_missing_quantizer_is_told(module: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str) -> str:
        if package == "ai-edge-quantizer":
            raise importlib.metadata.PackageNotFoundError(package)
        return "2.3.0"

    monkeypatch.setattr("mobilenas.engine.base.version", missing)
    with pytest.raises(ValueError, match=r"AI Edge Quantizer.* is not installed: write pip install 'mobilenas\[litert"):
        ENGINES[1].prepare(module, NETWORK.input)
