"""What is written beside weights, and what is refused there."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mobilenas.data.normalization import IMAGENET
from mobilenas.network import load_network
from mobilenas.training.weights import WeightFacts

FACTS = WeightFacts.of(load_network("mobilenet_v2"), IMAGENET, ("cat", "dog"))


def _write(path: Path, about: object) -> Path:
    save_file({"0.weight": torch.ones(2)}, path, {"mobilenas": about if isinstance(about, str) else json.dumps(about)})
    return path


def test_facts_are_read_as_they_were_written(tmp_path: Path) -> None:
    save_file({"0.weight": torch.ones(2)}, tmp_path / "w", FACTS.about)
    assert WeightFacts.read(tmp_path / "w") == FACTS


def test_a_file_of_another_program_has_no_facts(tmp_path: Path) -> None:
    save_file({"0.weight": torch.ones(2)}, tmp_path / "w", {"format": "pt"})
    assert WeightFacts.read(tmp_path / "w") is None


@pytest.mark.parametrize(
    "change",
    [
        {"std": [0.2, 0.0, 0.2]},
        {"mean": [0.5, 0.5]},
        {"mean": ["a", 0.5, 0.5]},
        {"classes": [1, 2]},
        {"network": "layers: []"},
        {"network": 3},
        {"surprise": 1},
    ],
)
def test_facts_that_cannot_be_are_one_sentence_with_the_file(change: dict[str, object], tmp_path: Path) -> None:
    facts = json.loads(FACTS.about["mobilenas"]) | change
    with pytest.raises(ValueError, match="the facts beside the weights are damaged: ") as error:
        WeightFacts.read(_write(tmp_path / "w", facts))
    assert "\n" not in str(error.value) and str(tmp_path / "w") in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '{"mean": NaN}', "[" * 100_000])
def test_texts_that_are_no_facts_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="are damaged"):
        WeightFacts.read(_write(tmp_path / "w", text))


def test_every_process_writes_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import torch, sys; from pathlib import Path; from mobilenas.files.tensors import write_tensors\n"
        "from tests.training.test_weights import FACTS\n"
        "write_tensors(Path(sys.argv[1]), {'a': torch.ones(2)}, FACTS.about)"
    )
    for number in range(3):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / str(number))], check=True)
    assert len({hashlib.sha256((tmp_path / str(number)).read_bytes()).hexdigest() for number in range(3)}) == 1
