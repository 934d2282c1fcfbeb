"""The command that measures whole networks."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from mobilenas.commands.measure import ENGINE_NAMES, main
from mobilenas.commands.measure_figures import COLUMNS, engines_figure, write_all
from mobilenas.commands.measuring import MeasuredNetwork
from mobilenas.engine import base, peak_memory
from mobilenas.engine.export import to_onnx
from mobilenas.files.text import read_table
from mobilenas.network import load_network, scale_width, set_classes, set_resolution
from mobilenas.ops import Shape
from tests.commands.trained_run import make_run, small

QUICK = ("--rounds", "1", "--json")
FIELDS = [
    *("name", "engine", "version", "device", "resolution", "params", "macs", "size_mb"),
    *("latency_ms", "latency_std_ms", "p10_ms", "p90_ms", "peak_memory_mb", "kinds_ms"),
]


def _measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    main([*arguments, *QUICK])
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_counts_size_and_figures_of_each_network(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sizes = ("--resolution", "32", "--width", "0.5", "--classes", "7")
    found = _measured(capsys, "mobilenet_v2", "mobilenet_v3_small", *sizes)
    assert list(found) == ["device", "int8_instructions", "threads", "batch", "networks"]
    networks = found["networks"]
    assert isinstance(networks, list)
    assert [list(one) for one in networks] == [FIELDS, FIELDS]
    for one, name in zip(networks, ("mobilenet_v2", "mobilenet_v3_small"), strict=True):
        spec = set_classes(scale_width(set_resolution(load_network(name), 32), 0.5), 7)
        assert (one["name"], one["resolution"], one["params"], one["macs"]) == (name, 32, spec.params, spec.macs)
        onnx.save(to_onnx(spec.build().eval(), spec.input, name), tmp_path / "one.onnx")
        assert one["size_mb"] == pytest.approx((tmp_path / "one.onnx").stat().st_size / 1e6, rel=1e-3)
        assert 0 < one["p10_ms"] <= one["p90_ms"]
        assert one["latency_ms"] > 0 and one["latency_std_ms"] >= 0


def test_a_larger_network_is_slower_and_takes_more_memory(capsys: pytest.CaptureFixture[str]) -> None:
    small_one, large = (
        _measured(capsys, "mobilenet_v2", "--width", "0.25", "--resolution", side)["networks"] for side in ("32", "512")
    )
    assert isinstance(small_one, list) and isinstance(large, list)
    assert large[0]["latency_ms"] > 3 * small_one[0]["latency_ms"]
    if sys.platform == "linux":
        assert large[0]["peak_memory_mb"] > small_one[0]["peak_memory_mb"] > small_one[0]["size_mb"]


def test_all_networks_of_a_run_are_measured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [small("one"), small("two", resolution=16)], ("cat", "dog"))
    networks = _measured(capsys, str(run), str(run / "retrain" / "two"))["networks"]
    assert isinstance(networks, list)
    assert [(one["name"], one["resolution"]) for one in networks] == [("one", 8), ("two", 16), ("two", 16)]


def test_the_table_has_a_line_for_each_network(capsys: pytest.CaptureFixture[str]) -> None:
    main(["mobilenet_v3_small", "mobilenet_v2", "--resolution", "32", "--rounds", "1"])
    out = capsys.readouterr().out
    figures = r"[\d.]+±[\d.e-]+ +[\d.]+\.\.[\d.]+ +[\d.]+ +11\.8 +2\.95 +[\d.]+"
    assert re.search(rf"mobilenet_v3_small +onnxruntime +32 +{figures}", out)
    assert re.search(r"mobilenet_v2 +onnxruntime +32 ", out)


def test_each_network_has_a_line_for_each_engine(capsys: pytest.CaptureFixture[str]) -> None:
    engines = [word for name in ENGINE_NAMES if name != "executorch" for word in ("--engine", name)]
    networks = _measured(capsys, "mobilenet_v3_small", "mobilenet_v2", "--resolution", "64", *engines)["networks"]
    assert isinstance(networks, list)
    told = ["onnxruntime", "onnxruntime int8", "litert", "litert int8", "openvino", "openvino int8", "ncnn"]
    assert [(one["name"], one["engine"]) for one in networks] == [
        (name, engine) for name in ("mobilenet_v3_small", "mobilenet_v2") for engine in told
    ]
    assert all(one["latency_ms"] > 0 and one["version"] for one in networks)
    for plain, int8 in zip(networks[::2][:2], networks[1::2][:2], strict=True):
        assert int8["size_mb"] < 0.4 * plain["size_mb"]
        if sys.platform == "linux":
            assert int8["peak_memory_mb"] > 0
    assert [one["size_mb"] for one in networks if one["engine"].startswith(("openvino", "ncnn"))] == [None] * 6


def test_executorch_has_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("executorch")
    (one,) = _measured(capsys, "mobilenet_v3_small", "--resolution", "64", "--engine", "executorch")["networks"]
    assert one["engine"] == "executorch" and one["latency_ms"] > 0 and one["size_mb"] > 5
    assert sys.platform != "linux" or one["peak_memory_mb"] > 0


def test_an_engine_that_is_missing_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise base.PackageNotFoundError(package)

    monkeypatch.setattr(base, "version", version)
    with pytest.raises(SystemExit):
        main(["mobilenet_v3_small", "--engine", "executorch"])
    assert "write pip install 'mobilenas[executorch]'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell a process's memory")
def test_memory_is_that_of_weights_and_maps(tmp_path: Path) -> None:
    """A linear layer of 64 MB whose input and output are small: at least its weights are held."""
    module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(4000, 4000)).eval()
    onnx.save(to_onnx(module, Shape(4000, 1, 1), "wide"), tmp_path / "wide.onnx")
    command = [sys.executable, peak_memory.__file__, str(tmp_path / "wide.onnx"), "1"]
    peak = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert 4 * 4000**2 < peak < 5 * 4 * 4000**2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["moga_b"], "Network 'moga_b' is unknown; did you mean moga_a"),
        (["moga_a", "no/such.yaml"], "no/such.yaml can't be read"),
        (["moga_a", "--threads", "0"], "threads must be a whole number above 0, not 0"),
        (["moga_a", "--batch-size", "-1"], "batch_size must be a whole number above 0, not -1"),
        (["moga_a", "--engine", "ncnn", "--batch-size", "2"], "ncnn runs one image at a time: leave out --batch-size"),
        (["moga_a", "--rounds", "0"], "rounds must be a whole number above 0, not 0"),
        (["moga_a", "--width", "nan"], "width must be a number above 0, not nan"),
        (["."], "[.] is no folder of a run with trained networks, .* give the folder of a run, a YAML file"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence_and_status_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(arguments)
    output = capsys.readouterr()
    assert (end.value.code, output.out) == (2, "")
    assert re.fullmatch(f"[^\n]*{said}[^\n]*[.?]\n", output.err)


def test_the_turns_take_as_long_as_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    """The percentiles lie about the latency, within what a busy machine does."""
    (one,) = np.atleast_1d(_measured(capsys, "mobilenet_v3_small", "--resolution", "96")["networks"])
    assert 0.5 < one["latency_ms"] / one["p10_ms"] < 2


def test_pictures_and_a_table_are_written_to_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    engines = ("--engine", "onnx_runtime", "--engine", "litert")
    sizes = ("--resolution", "64", "--out", str(tmp_path / "new"))
    networks = _measured(capsys, "mobilenet_v3_small", "mobilenet_v2", *engines, *sizes)["networks"]
    assert isinstance(networks, list)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"measured.csv", "engines.png", "kinds.png"}
    _, rows = read_table(tmp_path / "new" / "measured.csv", COLUMNS)
    assert [(row[0], row[3], float(row[5])) for row in rows] == [
        (one["name"], one["engine"], one["latency_ms"]) for one in networks
    ]
    assert all({"conv 1x1", "depthwise conv"} <= set(one["kinds_ms"]) for one in networks)


def _network(name: str, engine: str, latency_ms: float) -> MeasuredNetwork:
    return MeasuredNetwork(name, engine, "1", "a cpu", 224, 1, 1, 1.0, latency_ms, 0.0, 1.0, 1.0, None)


def test_each_network_is_a_point_for_every_engine_but_the_first() -> None:
    times_ms = {"one": {"a": 1.0, "b": 4.0, "c": 5.0}, "two": {"a": 2.0, "b": 3.0, "c": 6.0}}
    found = [_network(name, engine, ms) for name, row in times_ms.items() for engine, ms in row.items()]
    axes = engines_figure(found).axes[0]
    points = {dots.get_label(): dots.get_offsets().tolist() for dots in axes.collections}
    assert points == {"b, a cpu": [[1.0, 4.0], [2.0, 3.0]], "c, a cpu": [[1.0, 5.0], [2.0, 6.0]]}
    assert axes.get_xlabel() == "latency in ms, a, a cpu"


def test_on_one_engine_there_is_nothing_to_compare(tmp_path: Path) -> None:
    spec = load_network("mobilenet_v2")
    assert [path.name for path in write_all([_network("mobilenet_v2", "a", 1.0)], [spec], tmp_path)] == ["measured.csv"]


@pytest.mark.parametrize(
    ("engine", "said"),
    [("tflite", "--engine must be one of onnx_runtime, "), ("ncnn@board", "ncnn measures only this machine: on board")],
)
def test_an_engine_that_is_not_there_is_told(engine: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["mobilenet_v2", "--engine", engine])
    assert ended.value.code == 2 and said in capsys.readouterr().err
