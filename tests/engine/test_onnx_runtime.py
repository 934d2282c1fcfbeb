"""ONNX Runtime measures layers and networks on this machine."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mobilenas.engine import OnnxRuntime
from mobilenas.hardware import MeasuredHardware
from mobilenas.network.spec import Layer
from mobilenas.ops import Shape
from mobilenas.search_space import moga
from mobilenas.timing import Timing

ENGINE = OnnxRuntime(threads=1, batch=1)
SMALL = moga(classes=10, resolution=16, width=0.25, stages=1, hidden=0.25, unstrided=2)


def test_it_says_what_it_is() -> None:
    about = ENGINE.about
    assert about["engine"] == "onnxruntime"
    assert about["version"][0].isdigit()
    assert about["device"]
    assert (about["threads"], about["batch"]) == ("1", "1")


def test_more_work_takes_longer() -> None:
    network = SMALL.network([0] * len(SMALL.options))
    large = replace(network, input=Shape(3, 128, 128))
    times = [
        min(run() for _ in range(5))
        for run in (ENGINE.prepare(one.build().eval(), one.input) for one in (network, large))
    ]
    assert 0 < times[0] < times[1] / 4  # 64 times the work


@pytest.mark.parametrize("engine", [OnnxRuntime(threads=2, batch=1), OnnxRuntime(threads=1, batch=4)])
def test_threads_and_batch_are_settings(engine: OnnxRuntime) -> None:
    layer = SMALL.layers[0][0]
    assert engine.prepare(layer.build().eval(), layer.input)() > 0


def test_the_breakdown_has_the_kinds_of_the_network_and_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    times_ms = ENGINE.breakdown(SMALL.network([1] * len(SMALL.options)))
    assert {"conv kxk", "conv 1x1", "depthwise conv", "linear", "pooling", "elementwise"} <= times_ms.keys()
    assert "other" not in times_ms
    assert list(times_ms.values()) == sorted(times_ms.values(), reverse=True)
    assert min(times_ms.values()) > 0
    assert not list(tmp_path.iterdir())


def test_a_space_is_profiled_once(tmp_path: Path) -> None:
    hardware = MeasuredHardware(ENGINE, Timing(3, 0.2, 10), 4, 8, str(tmp_path))
    found = hardware.profile(SMALL)
    assert found.validation is not None
    assert len(found.validation.measured_ms) == 8
    assert found.validation.relative_rmse < 0.5  # three rounds, on a machine that may be busy
    assert found.validation.relative_rmse < found.validation.uncorrected_relative_rmse
    assert hardware.profile(SMALL) == found


def test_weights_of_any_size_do_not_slow_it_down() -> None:
    layer = Layer(SMALL.positions[2][0], Shape(8, 32, 32))
    usual, tiny = layer.build().eval(), layer.build().eval()
    with torch.no_grad():
        for parameter in tiny.parameters():
            parameter *= 1e-20
    runs = [ENGINE.prepare(module, layer.input) for module in (usual, tiny)]
    times = [min(run() for _ in range(20)) for run in runs]
    assert times[1] < 5 * times[0]


@pytest.mark.parametrize("settings", [{"threads": 0, "batch": 1}, {"threads": 1, "batch": 0}])
def test_no_threads_and_no_images_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"OnnxRuntime: (threads|batch) must be a whole number, 1 or more, not 0"):
        OnnxRuntime(**settings)


@pytest.mark.slow
def test_a_table_of_mogas_space_predicts_latency_within_five_percent(tmp_path: Path) -> None:
    space = moga(resolution=64, stages=3, blocks=2)
    found = MeasuredHardware(ENGINE, Timing(10, 2.0, 10), 5, 15, str(tmp_path)).profile(space)
    assert found.validation is not None
    assert found.validation.relative_rmse < 0.05
