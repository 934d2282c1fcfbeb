"""The command that writes a network of 8 bits and compares it with itself at 32 bits."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from mobilenas.commands.quantize import DEFAULT_RUNTIMES, RUNTIME_NAMES, main
from mobilenas.data.images import FileImages
from mobilenas.data.labelled import LabelledImages
from mobilenas.data.marks import marks_of
from mobilenas.engine.openvino_packages import load_openvino
from mobilenas.files.tensors import read_tensors, write_tensors
from mobilenas.quantization.noise import signal_to_noise_db
from mobilenas.quantization.runtimes import RUNTIMES
from mobilenas.training.weights import about_weights
from tests.commands.trained_run import HALF, make_run, small

NAMES = tuple(f"class_{letter}" for letter in "abcdefg")
TAKEN = 14  # of the photos give the ranges
INSTALLED = [name for name in RUNTIME_NAMES if name != "openvino" or (find_spec("openvino") and find_spec("nncf"))]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"), [small("seven", classes=7)], NAMES)


def write_photos(root: Path, count: int) -> Path:
    rng = np.random.default_rng(count)
    for name in NAMES:
        (root / name).mkdir(parents=True)
        for photo in range(count):
            Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(root / name / f"{photo}.png")
    return root


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("photos") / "lone", 8)


@pytest.fixture(scope="module")
def written(run: Path, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    engines = [word for name in INSTALLED for word in ("--engine", name)]
    main([str(run), str(photos), "--out", str(out), "--images", str(TAKEN), "--rounds", "2", *engines])
    return out


def content(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "int8.json").read_text())
    return found


def pixels(path: Path) -> NDArray[np.float32]:
    image = (np.asarray(Image.open(path), np.float32) / 255 - HALF.mean) / HALF.std
    return image.astype(np.float32).transpose(2, 0, 1)[None]


def answer(file: Path, image: NDArray[np.float32]) -> int:
    """The class that a file answers, asked for without anything of this project."""
    if file.suffix == ".onnx":
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.x64quantprecision", "1")
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        return int(session.run(None, {"input": image})[0].argmax())
    if file.suffix == ".xml":
        openvino = load_openvino()
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        return int(openvino.compile_model(str(file), "CPU", exact)([image])[0].argmax())
    interpreter = Interpreter(model_path=str(file), num_threads=1)
    interpreter.allocate_tensors()
    (input,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    values = image.transpose(0, 2, 3, 1)
    if input["dtype"] == np.int8:
        scale, zero = input["quantization"]
        values = np.clip(np.round(values / scale) + zero, -128, 127).astype(np.int8)
    interpreter.set_tensor(input["index"], values)
    interpreter.invoke()
    return int(interpreter.get_tensor(output["index"]).argmax())


def test_accuracy_is_that_of_the_files_on_the_photos_that_gave_no_range(run: Path, photos: Path, written: Path) -> None:
    found = content(written)
    everything = sorted(photos.glob("*/*.png"), key=lambda path: (path.parent.name, path.name))
    labels = torch.tensor([NAMES.index(path.parent.name) for path in everything])
    images = FileImages(photos, np.array([str(path.relative_to(photos)) for path in everything]), labels, 8, 1.0)
    everyone = LabelledImages(images, torch.arange(len(labels)), NAMES, HALF)
    chosen, others = (part.positions for part in everyone.spread(TAKEN, 0))
    assert set(Counter(labels[chosen].tolist()).values()) == {2}  # all classes alike
    assert sorted([*chosen.tolist(), *others.tolist()]) == list(range(len(everything)))
    scored = [everything[place] for place in others.tolist()]
    assert found["scored"].startswith(f"{len(scored)} images") and found["calibration"].startswith(f"{TAKEN} images")
    module = small("seven", classes=7).build().eval()
    module.load_state_dict(read_tensors(run / "retrain" / "seven" / "weights.safetensors"))
    with torch.no_grad():
        right = [int(module(torch.from_numpy(pixels(path))).argmax()) for path in scored]
    for one in found["files"]:
        own = [answer(written / one["file"], pixels(path)) for path in scored]
        assert one["top1"] == pytest.approx(
            np.mean([NAMES.index(p.parent.name) == a for p, a in zip(scored, own, strict=True)])
        )
        assert one["agreement"] == pytest.approx(np.mean(np.array(own) == right))
        assert one["precision"] == "fp32" or one["agreement"] > 0.8
        path = written / one["file"]
        pieces = [path, path.with_suffix(".bin")] if path.suffix == ".xml" else [path]
        assert one["size_mb"] == pytest.approx(sum(piece.stat().st_size for piece in pieces) / 1e6)
        assert one["peak_memory_mb"] > 0
        assert one["latency_ms"] > 0 and "kinds_ms" in one


def test_the_files_tell_how_images_are_normalized(written: Path) -> None:
    for precision in ("fp32", "int8"):
        session = onnxruntime.InferenceSession(str(written / f"seven-{precision}.onnx"))
        about = session.get_modelmeta().custom_metadata_map
        assert json.loads(about["mean"]) == list(HALF.mean) and json.loads(about["classes"]) == list(NAMES)
        for ending in (".tflite", *([".xml"] if "openvino" in INSTALLED else [])):
            assert b"[0.4, 0.5, 0.6]" in (written / f"seven-{precision}{ending}").read_bytes()


@pytest.mark.parametrize("name", INSTALLED)
def test_the_noise_of_the_last_layer_is_that_of_the_outputs(name: str, run: Path, photos: Path, written: Path) -> None:
    runtime = RUNTIMES[name]
    one = next(
        one for one in content(written)["files"] if one["runtime"] == runtime.title and one["precision"] == "int8"
    )
    told = one["signal_to_noise_db"]
    assert [text.partition(" (")[0] for text in told] == ["layer 0", "layer 1", "layer 2"]
    assert min(told.values()) > 20  # 8 bits leave 40 dB in a layer or a little less
    images = [pixels(path) for path in sorted(photos.glob("*/*.png"))[:4]]
    plain, int8 = (runtime.read(written / f"seven-{precision}{runtime.ending}") for precision in ("fp32", "int8"))
    names = runtime.layer_names(plain, 2)
    for file in (plain, int8):
        layers = runtime.layers(file, images, names)
        assert sorted(layers) == [0, 1, 2]
        batch = torch.from_numpy(np.concatenate(images))
        outputs = runtime.outputs(file, 1)(batch).numpy()
        found = layers[2].reshape(4, 7)
        if name == "openvino" and file == int8:  # which fuses less where layers are read, and rounds differently
            assert signal_to_noise_db(outputs, found) > 30
        else:
            assert found == pytest.approx(outputs, abs=1e-5)
    with torch.no_grad():
        module = small("seven", classes=7).build().eval()
        module.load_state_dict(read_tensors(run / "retrain" / "seven" / "weights.safetensors"))
        first = module[0](torch.from_numpy(images[0])).numpy()
    found = runtime.layers(plain, images[:1], names)[0][0]
    assert (found.transpose(0, 3, 1, 2) if name == "litert" else found) == pytest.approx(first, abs=1e-5)


def test_openvino_is_run_only_where_it_is_named() -> None:
    assert DEFAULT_RUNTIMES == ("litert", "onnx_runtime") and set(DEFAULT_RUNTIMES) < set(RUNTIME_NAMES)
    assert set(RUNTIMES) == set(RUNTIME_NAMES)


def test_a_hundredth_of_the_power_is_20_db() -> None:
    right = np.array([3.0, 4.0], np.float32)
    assert signal_to_noise_db(right, right + np.array([0.3, 0.4], np.float32)) == pytest.approx(20, abs=1e-4)
    assert signal_to_noise_db(right, right) == float("inf")


def test_photos_of_train_give_the_ranges_where_there_are_splits(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "data"
    write_photos(root / "train", 3)
    write_photos(root / "test", 2)
    main([str(run), str(root), "--out", str(tmp_path / "out"), "--engine", "litert", "--images", "9", "--rounds", "1"])
    found = content(tmp_path / "out")
    assert (found["calibration"], found["scored"]) == (
        f"9 images of {root / 'train'}",
        f"14 images of {root / 'test'}",
    )
    assert [one["file"] for one in found["files"]] == ["seven-fp32.tflite", "seven-int8.tflite"]
    printed = capsys.readouterr().out
    for words in ("seven-int8.tflite", "same class", "least signal to noise, LiteRT: layer", "by kind of operation"):
        assert words in printed


def test_a_processor_without_instructions_for_8_bits_is_warned_of(
    run: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = tmp_path / "cpuinfo"
    facts.write_text("model name\t: old\nflags\t: fpu avx2\n")
    monkeypatch.setattr("mobilenas.engine.base.CPU_FACTS", facts)
    main(
        [str(run), str(photos), "--out", str(tmp_path / "out"), "--engine", "litert", "--rounds", "1", "--images", "7"]
    )
    assert "caution: this processor has no instructions for products of 8 bits" in capsys.readouterr().out


def test_users_errors_are_one_sentence(
    run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: object) -> str:
        with pytest.raises(SystemExit) as end:
            main([*map(str, arguments)])
        assert end.value.code == 2
        return capsys.readouterr().err.splitlines()[-1]

    out = tmp_path / "out"
    assert "none is left to be scored: give smaller --images." in said(run, photos, "--out", out, "--images", 56)
    assert "--images" in said(run, photos, "--out", out, "--images", 0)
    assert "There is no folder" in said(run, tmp_path / "none", "--out", out)
    assert not out.exists()
    only_train = tmp_path / "only"
    shutil.copytree(photos, only_train / "train")
    assert "has only the images of training" in said(run, only_train, "--out", out)


def test_photos_that_have_trained_the_weights_are_told(
    run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(photos.glob("*/*.png"))
    images = FileImages(photos, np.array([str(path.relative_to(photos)) for path in paths]), torch.zeros(1), 8, 1.0)
    labels = torch.tensor([NAMES.index(path.parent.name) for path in paths])
    _, others = LabelledImages(replace(images, labels=labels), torch.arange(len(paths)), NAMES, HALF).spread(TAKEN, 0)
    marks = marks_of(images.contents(others.positions[:5].tolist()))
    about = about_weights(small("seven", classes=7), HALF, NAMES, marks)
    tensors = read_tensors(run / "retrain" / "seven" / "weights.safetensors")
    write_tensors(tmp_path / "w.safetensors", tensors, about)
    (tmp_path / "seven.yaml").write_text(small("seven", classes=7).to_yaml())
    command = [str(tmp_path / "seven.yaml"), str(photos), "--weights", str(tmp_path / "w.safetensors")]
    options = ["--images", str(TAKEN), "--rounds", "1", "--engine", "onnx_runtime"]
    main([*command, "--out", str(tmp_path / "out"), *options])
    assert content(tmp_path / "out")["seen_images"] == 5
    assert "caution: 5 of these images have trained the weights, so accuracy is too high" in capsys.readouterr().out
