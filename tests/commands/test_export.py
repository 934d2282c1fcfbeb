"""The command that exports a network with its weights."""

import json
import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from safetensors.torch import save_file

from mobilenas.commands.export import main
from mobilenas.files.tensors import read_tensors
from mobilenas.hardware import LatencyTable
from mobilenas.network import load_network, set_classes
from tests.commands.trained_run import HALF, make_run, small


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"), [small("one")], ("cat", "dog"))


def _fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    output = capsys.readouterr()
    assert (end.value.code, output.out) == (2, "")
    assert re.fullmatch(r"[^\n]+\.\n", output.err)
    return output.err


def _facts(path: Path) -> dict[str, object]:
    return {one.key: json.loads(one.value) for one in onnx.load(path).metadata_props}


@pytest.mark.parametrize("place", ["", "retrain/one"])
def test_a_runs_network_is_exported_with_its_images_and_classes(
    place: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "one.onnx"
    main([str(run / place), str(out), "--batch-size", "3"])
    assert re.search(
        r"one\.onnx: one with the weights of .*3 x 3x8x8, 0\.00 MB; .* at most \S+e-\d\d$", capsys.readouterr().out
    )
    assert _facts(out) == {"mean": list(HALF.mean), "std": list(HALF.std), "classes": ["cat", "dog"]}
    module = small("one").build().eval()
    module.load_state_dict(read_tensors(run / "retrain" / "one" / "weights.safetensors"))
    images = np.random.default_rng(0).standard_normal((3, 3, 8, 8), np.float32)
    (found,) = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"]).run(None, {"input": images})
    with torch.no_grad():
        np.testing.assert_allclose(found, module(torch.from_numpy(images)), atol=1e-5)


def test_a_tflite_file_has_the_same_texts_and_outputs(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "one.tflite"
    main([str(run), str(out), "--to", "tflite", "--batch-size", "2"])
    assert re.search(r"one\.tflite: one .*2 x 3x8x8, 0\.01 MB; .* at most \S+e-\d\d$", capsys.readouterr().out)
    read = schema.ModelT.InitFromObj(schema.Model.GetRootAs(out.read_bytes(), 0))
    texts = {one.name.decode(): json.loads(bytes(read.buffers[one.buffer].data)) for one in read.metadata}
    assert texts == {"mean": list(HALF.mean), "std": list(HALF.std), "classes": ["cat", "dog"]}
    module = small("one").build().eval()
    module.load_state_dict(read_tensors(run / "retrain" / "one" / "weights.safetensors"))
    images = np.random.default_rng(0).standard_normal((2, 3, 8, 8), np.float32)
    interpreter = Interpreter(model_content=out.read_bytes())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images.transpose(0, 2, 3, 1))
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    with torch.no_grad():
        np.testing.assert_allclose(found, module(torch.from_numpy(images)), atol=1e-5)


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_the_milliseconds_of_the_runs_layers_stand_beside_the_file(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, run = small("one"), make_run(tmp_path / "run", [small("one")], ("cat", "dog"))
    table = LatencyTable({layer.key: 1.0 + place for place, layer in enumerate(spec.layers)})
    (run / "profile").mkdir()
    table.save(run / "profile" / "latency.csv")
    out, beside = tmp_path / f"one.{form}", tmp_path / f"one.{form}.latency.json"
    main([str(run / "retrain" / "one"), str(out), "--to", form])
    assert f"{beside}: milliseconds of each layer" in capsys.readouterr().out
    results = json.loads(beside.read_text())["one"]["results"]
    assert {result["value"] for result in results.values()} == {1.0, 2.0, 3.0}
    out.unlink()
    assert f"{beside} is there already" in _fails(capsys, run, out, "--to", form)
    for other in (["--batch-size", "2"], ["--resolution", "16"]):
        main([str(run), str(tmp_path / "other"), "--to", form, "--force", *other])
    assert not (tmp_path / f"other.{form}.latency.json").exists()


def test_a_file_that_computes_something_else_is_not_written(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobilenas.engine.litert_runner.check_tflite", lambda *_: 0.1)
    said = _fails(capsys, run, tmp_path / "one.tflite", "--to", "tflite")
    assert "the TFLite export differs from torch by 0.1" in said and "another version of ai-edge-litert" in said
    assert not list(tmp_path.iterdir())


def test_without_litert_the_way_to_install_it_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("mobilenas.engine.base.version", missing)
    said = _fails(capsys, run, tmp_path / "one.tflite", "--to", "tflite")
    assert "LiteRT is not installed: write pip install 'mobilenas[litert]'" in said


def test_weights_for_other_classes_keep_their_last_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = set_classes(load_network("mobilenet_v3_small"), 5).build()
    save_file(module.state_dict(), tmp_path / "five.safetensors")
    main(
        [
            "mobilenet_v3_small",
            str(tmp_path / "o"),
            "--weights",
            str(tmp_path / "five.safetensors"),
            "--resolution",
            "32",
        ]
    )
    graph = onnx.load(tmp_path / "o").graph
    assert [size.dim_value for size in graph.output[0].type.tensor_type.shape.dim] == [1, 5]
    assert [size.dim_value for size in graph.input[0].type.tensor_type.shape.dim] == [1, 3, 32, 32]
    assert _facts(tmp_path / "o") == {}


def test_a_run_gives_a_named_network_its_weights_and_its_resolution(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = small("mine", resolution=16)
    run = make_run(tmp_path / "run", [spec], ("cat", "dog"))
    (tmp_path / "mine.yaml").write_text(small("mine", resolution=8).to_yaml())
    main([str(tmp_path / "mine.yaml"), str(tmp_path / "o"), "--weights", str(run)])
    assert onnx.load(tmp_path / "o").graph.input[0].type.tensor_type.shape.dim[3].dim_value == 16


def test_a_file_that_is_there_is_replaced_only_by_force(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "one.onnx"
    out.write_text("mine")
    assert "give --force to replace it" in _fails(capsys, run, out)
    assert out.read_text() == "mine"
    main([str(run), str(out), "--force"])
    assert onnx.load(out).graph.name == "one"


def test_what_cannot_be_exported_is_one_sentence(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.onnx"
    several = make_run(tmp_path / "several", [small("a"), small("b")], ("cat", "dog"))
    assert "retrain/a, " in _fails(capsys, several, out)
    assert "The weights of moga_a are missing: give --weights" in _fails(capsys, "moga_a", out)
    assert f"is a folder: name a file in it, for example {tmp_path}/network.onnx." in _fails(capsys, run, tmp_path)
    assert "no/such is not there" in _fails(capsys, "moga_a", out, "--weights", "no/such")
    assert "moga_a" in _fails(capsys, "moga_a", out, "--weights", run)
    assert "batch_size must be a whole number above 0" in _fails(capsys, run, out, "--batch-size", "0")
    assert "resolution must be a whole number above 0" in _fails(capsys, run, out, "--resolution", "-3")
    assert not out.exists()


@pytest.mark.parametrize("damage", ["truncated", "lost", "not finite", "description"])
def test_a_damaged_run_is_one_sentence(damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", [small("one")], ("cat", "dog"))
    file = run / "retrain" / "one" / "weights.safetensors"
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:-100])
    elif damage == "lost":
        file.unlink()
    elif damage == "not finite":
        tensors = read_tensors(file)
        tensors["0.0.weight"][0] = float("nan")
        save_file(tensors, file)
    else:
        (run / "retrain" / "chosen" / "one.yaml").write_text("layers: [{op: conv}]")
    assert str(run / "retrain") in _fails(capsys, run, tmp_path / "out.onnx")
