"""The stage that trains the chosen networks: what it writes of them."""

import json
from pathlib import Path

import pytest
import torch
from sklearn.metrics import top_k_accuracy_score

from mobilenas.data import Augment, Digits, ImageData
from mobilenas.files.tensors import read_about
from mobilenas.network import NetworkSpec
from mobilenas.search_space import MoGA
from mobilenas.stages import Choice, RetrainRecord, RetrainStage, Run
from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Trainer, Training, trained_network
from mobilenas.training.pretrained import pretrained

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e6_k3")).space(10, 8)
NETWORK = SPACE.network((0, 1))


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


@pytest.fixture(scope="module")
def folder(data: ImageData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    training = Training(Trainer(accelerator="cpu", devices=1), CsvLog(), 0, 10.0)
    run = Run(folder, SPACE, data, training, networks=(NETWORK,))
    stage = RetrainStage(run, Recipe(1, 256, 0.05), Choice(), 100)
    facts = stage.make(folder / "retrain", ())
    result = json.loads((folder / "retrain" / NETWORK.name / "result.json").read_text())
    assert facts == {NETWORK.name: result["test_accuracy"], f"{NETWORK.name} top-5": result["test_others"]["top-5"]}
    return folder / "retrain"


def test_both_accuracies_are_those_that_scikit_learn_finds(folder: Path, data: ImageData) -> None:
    (trained,) = RetrainRecord.load(folder).networks
    network = trained_network(trained.spec, trained.weights)
    with torch.no_grad():
        found = [(network(images), labels) for images, labels in data.eval_loader("test", 1000)]
    logits, labels = (torch.cat([pair[index] for pair in found]) for index in (0, 1))
    expected = [top_k_accuracy_score(labels, logits, k=k, labels=range(10)) for k in (1, 5)]
    assert [trained.test_accuracy, trained.test_others["top-5"]] == pytest.approx(expected)
    assert expected[0] < expected[1] < 1


def test_a_result_without_other_scores_is_whole(folder: Path, tmp_path: Path) -> None:
    for path in (path for path in folder.rglob("*") if path.is_file()):
        (tmp_path / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.relative_to(folder)).write_bytes(path.read_bytes())
    file = tmp_path / NETWORK.name / "result.json"
    result = json.loads(file.read_text())
    file.write_text(json.dumps({name: result[name] for name in ("test_accuracy", "weights")}))
    (trained,) = RetrainRecord.load(tmp_path).networks
    assert (trained.test_accuracy, trained.test_others) == (result["test_accuracy"], {})


def test_weights_know_their_network_their_classes_and_how_images_are_normalized(folder: Path, data: ImageData) -> None:
    file = folder / NETWORK.name / "weights.safetensors"
    spec = NetworkSpec.from_yaml(read_about(file)["network"])
    assert (spec, spec.name) == (NETWORK, NETWORK.name)
    _, found = pretrained(NETWORK, str(folder.parent))
    assert (found.normalization, found.classes) == (data.normalization, tuple("0123456789"))
