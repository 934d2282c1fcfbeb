"""A search whose networks are fine-tuned from the supernet's weights, by the command."""

from pathlib import Path

import pytest

from mobilenas.cli import main
from mobilenas.files.tensors import read_tensors
from mobilenas.search_space import MoGA
from mobilenas.stages.retrain_record import RetrainRecord
from mobilenas.supernet import load_supernet

TINY = (
    "experiment=moga", "scale=laptop", "search_space.candidates=[e3_k3,e6_k3]", "search_space.stages=1",
    "search_space.blocks=2", "scale.fair_epochs=1", "supernet_recipe.least_steps=0", "scale.population=4",
    "scale.generations=1", "scale.measured_networks=4", "choose=1", "evaluator.random_architectures=2",
    "hardware.timing.rounds=2", "hardware.timing.visit_ms=0.5", "logger=csv",
    "stages=[profile,supernet,search,retrain]", "recipe=fine_tune", "recipe.init=supernet",
)  # fmt: skip


def _run(monkeypatch: pytest.MonkeyPatch, *overrides: str) -> None:
    monkeypatch.setattr("sys.argv", ["mobilenas", *TINY, *overrides])
    main()


def test_found_networks_keep_the_supernets_weights_without_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(monkeypatch, f"outputs={tmp_path}", "recipe.epochs=0", "recipe.calibration_images=null")
    (folder,) = (path.parent for path in tmp_path.glob("*/retrain"))
    record = RetrainRecord.load(folder / "retrain")
    assert record.made_by == "no training, beginning with the supernet's weights"
    (network,) = record.networks
    assert network.evaluation
    space = MoGA(0.25, stages=1, blocks=2, hidden=0.25, unstrided=2, candidates=("e3_k3", "e6_k3")).space(10, 8)
    supernet = load_supernet(space, folder / "supernet" / "supernet.safetensors")
    expected, written = supernet.path(network.evaluation.architecture).state_dict(), read_tensors(network.weights)
    assert expected.keys() == written.keys()
    assert all(bool((written[name] == tensor).all()) for name, tensor in expected.items())
