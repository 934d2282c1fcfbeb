"""Trained networks of a run with 8 bits, beside themselves with 32 bits."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from mobilenas.data.labelled import LabelledImages
from mobilenas.engine import base
from mobilenas.network import NetworkSpec
from mobilenas.quantization.noise import signal_to_noise_db
from mobilenas.quantization.runtimes import RUNTIMES
from mobilenas.report import ReportStage
from mobilenas.training.weights import trained_network
from tests.stages.test_report import MADE, a_report, fill

pytest.importorskip("ai_edge_litert")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> ReportStage:
    stage = replace(a_report(tmp_path_factory.mktemp("int8")), runtimes=("onnx_runtime", "litert"))
    fill(stage)
    return stage


@pytest.fixture(scope="module")
def folder(stage: ReportStage) -> Path:
    folder = stage.run.folder / "report"
    folder.mkdir()
    stage.check()
    stage.make(folder, MADE)
    return folder


def files(folder: Path, network: str) -> dict[tuple[str, str], dict[str, Any]]:
    found = json.loads((folder / f"{network}-int8.json").read_text())
    assert found["network"] == network
    return {(one["runtime"], one["variant"]): one for one in found["files"]}


def test_every_network_has_a_file_of_both_precisions_for_each_runtime(folder: Path) -> None:
    for network in ("moga-1", "moga-2"):
        found = files(folder, network)
        assert {key: one["file"] for key, one in found.items()} == {
            ("ONNX Runtime", "fp32"): f"{network}.onnx",
            ("ONNX Runtime", "int8"): f"{network}-int8.onnx",
            ("LiteRT", "fp32"): f"{network}.tflite",
            ("LiteRT", "int8"): f"{network}-int8.tflite",
        }
        for one in found.values():
            assert one["size_mb"] == (folder / one["file"]).stat().st_size / 1e6
            assert one["latency_ms"] > 0 and one["kinds_ms"] and one["peak_memory_mb"] > 0


def test_accuracy_is_that_of_the_file_on_test_images(stage: ReportStage, folder: Path) -> None:
    data = stage.run.data
    positions = data.splits["test"]
    images = (data.images.centered(positions.tolist()).float() / 255).numpy()
    mean, std = (np.array(one, np.float32)[:, None, None] for one in (data.normalization.mean, data.normalization.std))
    pixels, labels = ((images - mean) / std).astype(np.float32), data.images.labels[positions].numpy()
    found = files(folder, "moga-1")
    answers = {}
    for precision, file in (("fp32", "moga-1.onnx"), ("int8", "moga-1-int8.onnx")):
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.x64quantprecision", "1")
        session = onnxruntime.InferenceSession(str(folder / file), options, providers=["CPUExecutionProvider"])
        answers[precision] = np.array([session.run(None, {"input": one[None]})[0].argmax() for one in pixels])
        assert found["ONNX Runtime", precision]["top1"] == pytest.approx((answers[precision] == labels).mean())
    same = (answers["int8"] == answers["fp32"]).mean()
    assert found["ONNX Runtime", "int8"]["agreement"] == pytest.approx(same)


def test_the_noise_of_the_last_layer_is_that_of_the_outputs(stage: ReportStage, folder: Path) -> None:
    noise = list(files(folder, "moga-1")["LiteRT", "int8"]["noise_db"].values())
    assert all(value > 5 for value in noise)
    assert not files(folder, "moga-1")["LiteRT", "fp32"]["noise_db"]
    data = stage.run.data
    train = LabelledImages(data.images, data.splits["train"], data.classes, data.normalization)
    chosen, _ = train.spread(100, 0)
    images, _ = data.normalization([data.images.centered(chosen.positions[:16].tolist()), chosen.labels[:0]])
    run = RUNTIMES["litert"].outputs((folder / "moga-1-int8.tflite").read_bytes(), 1)
    spec = NetworkSpec.from_yaml((folder / "moga-1.yaml").read_text())
    network = trained_network(spec, stage.run.folder / "retrain" / "moga-1" / "weights.safetensors")
    with torch.inference_mode():
        right = network(images).numpy()
    assert noise[-1] == pytest.approx(signal_to_noise_db(right, run(images).numpy()), abs=0.1)


def test_the_page_shows_both_precisions(folder: Path) -> None:
    text = (folder / "index.html").read_text()
    assert "With numbers of 8 bits" in text and 'href="moga-2-int8.tflite"' in text
    assert "Layers that lose most" in text and " dB" in text


def test_a_run_that_does_not_ask_has_no_such_files(tmp_path: Path, stage: ReportStage) -> None:
    replace(stage, runtimes=()).make(tmp_path, MADE)
    assert not list(tmp_path.glob("*int8*"))
    assert "With numbers of 8 bits" not in (tmp_path / "index.html").read_text()


def test_only_a_report_that_asks_for_other_runtimes_is_made_again(stage: ReportStage) -> None:
    without = replace(stage, runtimes=())
    assert "quantize" not in without.depends_on
    assert replace(stage, runtimes=("litert",)).depends_on != stage.depends_on != without.depends_on


def test_a_runtime_that_is_missing_is_told_before_the_run(stage: ReportStage, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise base.PackageNotFoundError(package)

    monkeypatch.setattr(base, "version", version)
    with pytest.raises(ValueError, match=r"LiteRT is not installed: write pip install 'mobilenas\[litert\]'"):
        stage.check()
