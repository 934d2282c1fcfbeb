"""OpenVINO with 8 bits: its ranges, its weights, its outputs, its 8-bit ends, and that nothing is reported."""

import importlib.metadata
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from mobilenas.engine import OpenVino
from mobilenas.engine.export import to_onnx
from mobilenas.engine.export.openvino_int8 import to_int8_openvino, to_openvino, with_rounded_ends
from mobilenas.engine.openvino import core, properties_of
from tests.engine.test_int8 import LEAST_DB, NETWORK, images, signal_to_noise_db

# Not by ``importorskip``: an import that is not the project's own is reported over the network.
pytestmark = pytest.mark.skipif(not (find_spec("openvino") and find_spec("nncf")), reason="they are an extra")
ENGINE = OpenVino(threads=1, batch=1, precision="int8")


@pytest.fixture(scope="module")
def module() -> nn.Module:
    torch.manual_seed(0)
    built = NETWORK.build()
    with torch.no_grad():
        for _ in range(20):
            built(torch.randn(16, 3, 32, 32))  # batch norms learn their statistics
    return built.eval()


def output(model: Any, input: NDArray[Any]) -> NDArray[Any]:
    request = core().compile_model(model, "CPU", properties_of(1)).create_infer_request()
    request.get_input_tensor().data[...] = input
    request.infer()
    return np.array(request.get_output_tensor().data)


def rounding(value: Any) -> tuple[float, float, int]:
    """The least and the largest value of a map, and the number of its values."""
    assert value.get_type_name() == "FakeQuantize"
    ends = [float(value.input_value(place).get_node().get_data()) for place in (1, 2)]
    return ends[0], ends[1], value.get_levels()


def test_it_computes_what_torch_computes(module: nn.Module) -> None:
    model = to_int8_openvino(to_openvino(to_onnx(module, NETWORK.input, "n")), images(20))
    batch = images(30)[20:]
    with torch.inference_mode():
        right = module(torch.from_numpy(np.concatenate(batch))).numpy()
    assert signal_to_noise_db(right, np.concatenate([output(model, one) for one in batch])) > LEAST_DB


def test_the_input_has_the_range_of_all_images(module: nn.Module) -> None:
    calibration = [*images(3), 5 * images(1)[0]]  # a range that an average of images would not have
    model = to_int8_openvino(to_openvino(to_onnx(module, NETWORK.input, "n")), calibration)
    (reader,) = (one.get_node() for one in model.input(0).get_target_inputs())
    least, most, levels = rounding(reader)
    every = np.concatenate(calibration)
    assert levels == 256
    assert most - least == pytest.approx(every.max() - every.min(), rel=1e-2)  # zero is one of the values


def test_every_weight_has_8_bits_and_a_scale_for_each_channel(module: nn.Module) -> None:
    graph = to_onnx(module, NETWORK.input, "n")
    model = to_int8_openvino(to_openvino(graph), images(1))
    kinds = ("Convolution", "GroupConvolution", "MatMul")
    products = [one for one in model.get_ordered_ops() if one.get_type_name() in kinds]
    assert len(products) == 6
    scaled = [one.input_value(1).get_node() for one in products]
    weights = [one.input_value(0).get_node().input_value(0).get_node() for one in scaled]
    assert {one.get_element_type().get_type_name() for one in weights} == {"i8"}
    right = {one.name: numpy_helper.to_array(one) for one in graph.graph.initializer}["0.0 weight"]
    scales = scaled[0].input_value(1).get_node().get_data()
    assert scales.ravel() == pytest.approx(np.abs(right).max((1, 2, 3)) / 127, rel=1e-5)


def test_the_model_with_32_bits_stays_as_it_is(module: nn.Module) -> None:
    model = to_openvino(to_onnx(module, NETWORK.input, "n"))
    before = output(model, images(1)[0])
    to_int8_openvino(model, images(1))
    np.testing.assert_array_equal(output(model, images(1)[0]), before)
    assert "FakeQuantize" not in {one.get_type_name() for one in model.get_ops()}


def test_ends_of_8_bits_hold_the_rounded_values(module: nn.Module) -> None:
    (image,) = images(1)
    model = to_int8_openvino(to_openvino(to_onnx(module, NETWORK.input, "n")), [image], output=True)
    whole = output(model, image)
    (reader,) = (one.get_node() for one in model.input(0).get_target_inputs())
    ranges = [rounding(one) for one in (reader, model.output(0).get_node().input_value(0).get_node())]
    (least, step), (last_least, last_step) = [(low, (high - low) / (levels - 1)) for low, high, levels in ranges]
    ended = with_rounded_ends(model)
    assert [end.get_element_type().get_type_name() for end in (*ended.inputs, *ended.outputs)] == ["u8", "u8"]
    found = output(ended, np.round((image - least) / step).astype(np.uint8))
    assert found * last_step + last_least == pytest.approx(whole, abs=1.01 * last_step)


@pytest.mark.slow
def test_nothing_is_reported_printed_or_written_to_the_home_folder(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from mobilenas.engine import OpenVino\n"
        "from mobilenas.network import load_network, set_resolution\n"
        "network = set_resolution(load_network('mobilenet_v3_small'), 32)\n"
        "OpenVino(1, 1, 'int8').breakdown(network)\n"
        "sys.exit(any(name.startswith('openvino_telemetry') for name in sys.modules))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NNCF_CI")}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment | {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)},
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert not (tmp_path / "intel").exists()


def test_a_missing_quantizer_is_told_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str) -> str:
        if package == "nncf":
            raise importlib.metadata.PackageNotFoundError(package)
        return "2025.0"

    monkeypatch.setattr("mobilenas.engine.base.version", missing)
    with pytest.raises(ValueError, match=r"NNCF.* is not installed: write pip install 'mobilenas\[openvino\]'"):
        _ = ENGINE.about
    assert OpenVino(1, 1).about["precision"] == "fp32"
