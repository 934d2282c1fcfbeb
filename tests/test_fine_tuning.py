"""A search whose networks are fine-tuned from the supernet's weights, by the command."""

from pathlib import Path

import pytest

from mobilenas.cli import main
from mobilenas.files.tensors import read_tensors
from mobilenas.search_space import MoGA
from mobilenas.stages.retrain_record import RetrainRecord
from mobilenas.supernet import load_supernet
from tests.training.tiny import different, kernels

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.25, unstrided=2, candidates=("e3_k3", "e6_k3")).space(10, 8)
TINY = (
    "experiment=moga", "scale=laptop", "search_space.candidates=[e3_k3,e6_k3]", "search_space.stages=1",
    "supernet_recipe.epochs=1", "scale.population=4", "scale.generations=1", "choose=1",
    "evaluator.random_architectures=2", "hardware=table", "stages=[profile,supernet,search,retrain]",
    "recipe=fine_tune", "recipe.init=supernet", "recipe.calibration_images=null",
)  # fmt: skip


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The command, for a device whose table is a millisecond for each layer and each million multiply-adds."""
    rows = {layer.key: 1 + layer.macs / 1e6 for candidates in SPACE.layers for layer in candidates}
    (tmp_path / "table.csv").write_text("layer,latency_ms\n" + "".join(f"{key},{ms!r}\n" for key, ms in rows.items()))
    return "mobilenas", *TINY, f"hardware.path={tmp_path / 'table.csv'}", f"outputs={tmp_path}"


@pytest.mark.parametrize("epochs", [0, 1])
def test_found_networks_go_on_from_the_supernets_weights(
    epochs: int, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [*command, f"recipe.epochs={epochs}", "recipe.norm_statistics=moved"])
    main()
    (folder,) = (path.parent for path in tmp_path.glob("*/retrain"))
    record = RetrainRecord.load(folder / "retrain")
    assert record.made_by.endswith(", beginning with the supernet's weights")
    assert record.made_by.startswith("1 epoch, batch size 64, sgd" if epochs else "no training")
    (network,) = record.networks
    assert network.evaluation
    supernet = load_supernet(SPACE, folder / "supernet" / "supernet.safetensors")
    path, written = supernet.path(network.evaluation.architecture).state_dict(), read_tensors(network.weights)
    changed = set(different(path, written))
    assert changed >= kernels(path) if epochs else not changed
    names = [name for name in kernels(path) if path[name].ndim == 4]  # one epoch moves kernels a little
    assert max(float((path[name] - written[name]).norm() / path[name].norm()) for name in names) < 0.5
