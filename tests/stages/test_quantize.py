"""The stage that writes trained networks with 8 bits, and what the report shows of it."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

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
from mobilenas.stages import QuantizeRecord, QuantizeStage
from mobilenas.stages.quantize_record import QuantizedFile
from mobilenas.testing.composed import settings_with
from mobilenas.training import Recipe
from mobilenas.training.weights import trained_network
from tests.stages.test_report import MADE, a_report, fill

pytest.importorskip("ai_edge_litert")

AWARE = Recipe(epochs=2, batch_size=64, lr=0.05, optimizer="sgd", weight_decay=0.0, schedule="cosine")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportStage:
    stage = a_report(tmp_path_factory.mktemp("int8"))
    fill(stage)
    return stage


@pytest.fixture(scope="module")
def stage(report: ReportStage) -> QuantizeStage:
    return QuantizeStage(report.run, ("onnx_runtime", "litert"))


@pytest.fixture(scope="module")
def record(stage: QuantizeStage) -> QuantizeRecord:
    folder = stage.run.folder / "quantize"
    folder.mkdir()
    stage.check()
    facts = stage.make(folder, MADE)
    assert list(facts) == [f"moga-{n}-int8.{ending} top-1" for n in (1, 2) for ending in ("onnx", "tflite")]
    return QuantizeRecord.load(folder)


@pytest.fixture(scope="module")
def folder(report: ReportStage, record: QuantizeRecord) -> Path:
    folder = report.run.folder / "report"
    folder.mkdir()
    report.make(folder, (*MADE, "quantize"))
    return folder


def by_kind(record: QuantizeRecord, network: str) -> dict[tuple[str, str], QuantizedFile]:
    return {(one.runtime, one.variant): one for one in record.files[network]}


def test_every_network_has_a_file_of_both_precisions_for_each_runtime(record: QuantizeRecord, folder: Path) -> None:
    for network in ("moga-1", "moga-2"):
        found = by_kind(record, network)
        assert {key: one.file for key, one in found.items()} == {
            ("ONNX Runtime", "fp32"): f"{network}.onnx",
            ("ONNX Runtime", "int8"): f"{network}-int8.onnx",
            ("LiteRT", "fp32"): f"{network}.tflite",
            ("LiteRT", "int8"): f"{network}-int8.tflite",
        }
        for one in found.values():
            assert one.size_mb == (folder / one.file).stat().st_size / 1e6
            assert one.latency_ms > 0 and one.kinds_ms and (one.peak_memory_mb is None or one.peak_memory_mb > 0)


def test_accuracy_is_that_of_the_file_on_test_images(
    stage: QuantizeStage, record: QuantizeRecord, folder: Path
) -> None:
    data = stage.run.data
    positions = data.splits["test"]
    images = (data.images.centered(positions.tolist()).float() / 255).numpy()
    mean, std = (np.array(one, np.float32)[:, None, None] for one in (data.normalization.mean, data.normalization.std))
    pixels, labels = ((images - mean) / std).astype(np.float32), data.images.labels[positions].numpy()
    found = by_kind(record, "moga-1")
    answers = {}
    for precision, file in (("fp32", "moga-1.onnx"), ("int8", "moga-1-int8.onnx")):
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.x64quantprecision", "1")
        session = onnxruntime.InferenceSession(str(folder / file), options, providers=["CPUExecutionProvider"])
        answers[precision] = np.array([session.run(None, {"input": one[None]})[0].argmax() for one in pixels])
        assert found["ONNX Runtime", precision].accuracy == pytest.approx((answers[precision] == labels).mean())
    same = (answers["int8"] == answers["fp32"]).mean()
    assert found["ONNX Runtime", "int8"].agreement == pytest.approx(same)


def test_the_noise_of_the_last_layer_is_that_of_the_outputs(
    stage: QuantizeStage, record: QuantizeRecord, folder: Path
) -> None:
    noise = [one or 0.0 for one in by_kind(record, "moga-1")["LiteRT", "int8"].noise_db.values()]
    assert all(value > 5 for value in noise)
    assert not by_kind(record, "moga-1")["LiteRT", "fp32"].noise_db
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
    assert "Layers with the least signal to noise" in text and " dB" in text


def test_a_run_that_does_not_ask_has_no_such_files(tmp_path: Path, report: ReportStage) -> None:
    report.make(tmp_path, MADE)
    assert not list(tmp_path.glob("*int8*"))
    assert "With numbers of 8 bits" not in (tmp_path / "index.html").read_text()


def test_other_runtimes_or_a_fine_tuning_make_the_files_again(stage: QuantizeStage) -> None:
    assert replace(stage, runtimes=("litert",)).depends_on != stage.depends_on
    assert replace(stage, recipe=AWARE).depends_on != stage.depends_on


def test_a_runtime_that_is_missing_is_told_before_the_run(
    stage: QuantizeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(package: str) -> str:
        raise base.PackageNotFoundError(package)

    monkeypatch.setattr(base, "version", version)
    for name in [name for name in sys.modules if name.startswith(("ai_edge_litert", "mobilenas.engine.export.tflite"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)  # importing it fails
    with pytest.raises(ValueError, match=r"LiteRT is not installed: write pip install 'mobilenas\[litert\]'"):
        stage.check()


def test_a_recipe_that_cannot_train_so_is_told_before_the_run(stage: QuantizeStage) -> None:
    pytest.importorskip("torchao")
    wrong = {"drop_path": 0.2, "stage_lr": 0.5, "norm_statistics": "frozen", "teacher": "a", "init": "supernet"}
    with pytest.raises(ValueError) as error:
        replace(stage, recipe=replace(AWARE, epochs=0, **wrong)).check()
    right_ones = ("drop_path=0.0", "stage_lr=1.0", "norm_statistics=moved", "teacher=null", "init=given", "epochs=1")
    for right in right_ones:
        assert f"quantize_recipe.{right}" in str(error.value)


def test_fine_tuned_files_stand_beside_those_without(report: ReportStage, tmp_path: Path) -> None:
    pytest.importorskip("torchao")
    run = replace(report.run, folder=tmp_path)
    shutil.copytree(report.run.folder / "retrain", tmp_path / "retrain")
    stage = QuantizeStage(run, ("onnx_runtime",), AWARE)
    (tmp_path / "quantize").mkdir()
    stage.check()
    stage.make(tmp_path / "quantize", MADE)
    record = QuantizeRecord.load(tmp_path / "quantize")
    assert record.fine_tuned.startswith("2 epochs")
    found = by_kind(record, "moga-1")
    assert [variant for _, variant in found] == ["fp32", "int8", "fp32-aware", "int8-aware"]
    # The weights were random, so that any training is better: ten classes, and two epochs.
    assert found["ONNX Runtime", "int8-aware"].accuracy > found["ONNX Runtime", "int8"].accuracy
    aware = found["ONNX Runtime", "int8-aware"]
    # Beside its own weights with 32 bits, not beside those before the fine-tuning, of which it differs by more.
    assert aware.agreement > 0.7 and min(noise or 0.0 for noise in aware.noise_db.values()) > 8
    assert not (tmp_path / "quantize" / "moga-1" / "checkpoints").exists()
    spec = NetworkSpec.load(tmp_path / "retrain" / "chosen" / "moga-1.yaml")
    check_statistics(stage, trained_network(spec, tmp_path / "quantize" / "moga-1" / "weights.safetensors"))


def check_statistics(stage: QuantizeStage, network: torch.nn.Sequential) -> None:
    """The first batch norm has the mean of the training images, not an average that lags behind the weights."""
    assert stage.recipe
    batches = stage.run.data.calibration_batches(stage.recipe.calibration_images or 0, stage.recipe.batch_size)
    first = next(part for part in network.modules() if isinstance(part, torch.nn.Conv2d))
    norm = next(part for part in network.modules() if isinstance(part, torch.nn.BatchNorm2d))
    with torch.no_grad():
        means = torch.stack([first(images).mean((0, 2, 3)) for images, _ in batches])
    assert norm.running_mean is not None
    torch.testing.assert_close(norm.running_mean, means.mean(0), atol=1e-4, rtol=1e-3)


def test_the_recipe_computes_the_statistics_of_batch_norms_at_its_end() -> None:
    """Its 100 steps move an average with momentum .01 by two thirds of the way: 63.2% of photos instead of 76.6%."""
    aware = settings_with("experiment=fine_tune", "data=digits", "recipe@quantize_recipe=quantization_aware")
    assert aware.quantize_recipe and aware.quantize_recipe.calibration_images == 4096
