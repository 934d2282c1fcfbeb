"""Runs whose networks are written with 8 bits too."""

from pathlib import Path

import pytest

from mobilenas.pipeline import run
from mobilenas.stages import QuantizeRecord
from tests.given_weights import BRIEF, FINE_TUNE, as_given, made, planned, refusal, weights

ASKED = (*FINE_TUNE, *BRIEF, "quantize=[onnx_runtime]")


@pytest.fixture
def given(tmp_path: Path) -> str:
    return f"weights={as_given(tmp_path, 'safetensors', weights())}"


def test_the_stage_follows_the_training_and_needs_not_be_named(given: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, *ASKED, given)
    assert [stage.name for stage in plan.wanted] == ["retrain", "quantize"]
    run(plan)
    (files,) = QuantizeRecord.load(plan.run.folder / "quantize").files.values()
    assert [one.variant for one in files] == ["fp32", "int8"]


def test_a_run_is_continued_with_8_bits_without_training_again(given: str, tmp_path: Path) -> None:
    before = made(tmp_path, *FINE_TUNE, *BRIEF, given).run.folder
    (weights_file,) = before.glob("retrain/*/weights.safetensors")
    then = weights_file.stat().st_mtime_ns
    after = made(tmp_path, *ASKED, given).run.folder
    assert after == before and weights_file.stat().st_mtime_ns == then
    assert (after / "quantize" / "record.json").exists()


def test_a_stage_without_a_runtime_is_told(given: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, *FINE_TUNE, *BRIEF, given, "stages=[retrain,quantize]")
    assert said == (
        "The stage quantize needs a runtime: add for example quantize=[onnx_runtime], or leave out the stage."
    )


def test_an_unknown_runtime_is_told(given: str, tmp_path: Path) -> None:
    assert "litert, onnx_runtime, openvino" in refusal(tmp_path, *FINE_TUNE, given, "quantize=[tflite]")


def test_a_fine_tuning_without_a_runtime_is_told(given: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, *FINE_TUNE, *BRIEF, given, "recipe@quantize_recipe=quantization_aware")
    assert said.endswith("add for example quantize=[onnx_runtime], or leave out recipe@quantize_recipe.")
