"""ONNX Runtime measures layers and networks on this machine."""

import tempfile
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from mobilenas.engine import OnnxRuntime, onnx_runtime
from mobilenas.engine.export import to_onnx
from mobilenas.hardware import MeasuredHardware
from mobilenas.hardware.profile import layers_of
from mobilenas.network.layer import Layer
from mobilenas.ops import Conv, Shape
from mobilenas.search_space import MoGA
from mobilenas.timing import Timing

ENGINE = OnnxRuntime(threads=1, batch=1)
SMALL = MoGA(width=0.25, stages=1, hidden=0.25, unstrided=2).space(classes=10, resolution=16)


def test_it_says_what_it_is() -> None:
    about = ENGINE.about
    assert about["engine"] == "onnxruntime"
    assert about["version"][0].isdigit()
    assert about["device"]
    assert (about["threads"], about["batch"]) == ("1", "1")


class Noted:
    """A session that notes when it runs, and on images of which shape."""

    def __init__(self, session: InferenceSession, log: list[object]) -> None:
        self._session, self._log = session, log

    def run(self, names: None, feed: dict[str, NDArray[np.float32]]) -> object:
        self._log.append(feed["input"].shape)
        return self._session.run(names, feed)


@pytest.mark.parametrize(("batch", "side"), [(1, 16), (4, 16), (1, 64)])
def test_a_run_takes_the_milliseconds_from_just_before_it_until_just_after_it(
    batch: int, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[object] = []
    clock = iter([5_000_000, 7_500_000, 8_000_000, 8_250_000])
    make = OnnxRuntime._session
    monkeypatch.setattr(OnnxRuntime, "_session", lambda *given: Noted(make(*given), log))
    monkeypatch.setattr(onnx_runtime, "clock_ns", lambda threads, which: lambda: log.append("clock") or next(clock))
    network = replace(SMALL.network([0] * len(SMALL.options)), input=Shape(3, side, side))
    run = OnnxRuntime(threads=1, batch=batch).prepare(network.build().eval(), network.input)
    assert log == []
    assert [run(), run()] == [2.5, 0.25]
    assert log == ["clock", (batch, 3, side, side), "clock"] * 2


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
    assert min(times_ms.values()) >= 0  # the profiler counts whole microseconds
    assert not list(tmp_path.iterdir())


def test_a_space_is_profiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hardware = MeasuredHardware(ENGINE, Timing(3, 0.2, 10), 4, 8, str(tmp_path))
    found = hardware.profile(SMALL)
    assert found.table.rows.keys() == layers_of(SMALL).keys()
    assert found.validation is not None
    assert len(found.validation.measured_ms) == 8
    times_ms = [*found.table.rows.values(), *found.validation.measured_ms]
    assert all(0 < time_ms < inf for time_ms in times_ms)
    monkeypatch.setattr(OnnxRuntime, "prepare", None)  # nothing is measured again
    assert hardware.profile(SMALL) == found


def test_numbers_too_small_to_be_fast_are_zero_in_a_session() -> None:
    layer = Layer(Conv(8, kernel=1, act="none", norm=False), Shape(3, 4, 4))
    module = layer.build().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1e-39)
    session = ENGINE._session(to_onnx(module, layer.input, "layer"))
    assert session.get_session_options().get_session_config_entry("session.set_denormal_as_zero") == "1"
    (outputs,) = session.run(None, {"input": np.ones((1, 3, 4, 4), np.float32)})
    assert not outputs.any()


def test_numbers_too_small_to_be_fast_are_zero_in_the_thread_that_runs_it() -> None:
    torch.set_flush_denormal(False)
    layer = SMALL.layers[0][0]
    ENGINE.prepare(layer.build().eval(), layer.input)
    assert float(torch.tensor(1e-30) * 1e-10) == 0


@pytest.mark.parametrize("settings", [{"threads": 0, "batch": 1}, {"threads": 1, "batch": 0}])
def test_no_threads_and_no_images_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"OnnxRuntime: (threads|batch) must be a whole number, 1 or more, not 0"):
        OnnxRuntime(**settings)
