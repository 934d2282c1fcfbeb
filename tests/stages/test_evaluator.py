"""What a store keys scores by: all that they depend on, and nothing else."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from mobilenas.stages.evaluator import make_evaluator

from mobilenas.cli import build
from mobilenas.files.conf import conf_dir
from mobilenas.search_space import mnasnet
from mobilenas.stages.profile import profile

SETTINGS = (
    "experiment=mnasnet",
    "scale=laptop",
    "search_space.stages=1",
    "search_space.blocks=1",
    "hardware=table",
    "trainer.accelerator=cpu",
)


def context(folder: Path, *overrides: str, layer_ms: float = 1.0) -> str:
    """Of a run in a folder of its own, on a device whose layers take so many milliseconds each."""
    folder.mkdir(exist_ok=True)
    table = folder / "phone.csv"
    space = mnasnet(10, 8, 0.25, stages=1, blocks=1, hidden=0.25, unstrided=2)
    keys = dict.fromkeys(layer.key for layer in space.pieces)
    table.write_text("layer,latency_ms\n" + "".join(f"{key},{layer_ms}\n" for key in keys))
    given = (f"hardware.path={table}", f"outputs={folder}")
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        experiment = build(compose("config", [*SETTINGS, *given, *overrides]))
    (experiment.folder / "profile").mkdir(parents=True)
    profile(experiment, experiment.folder / "profile")
    return make_evaluator(experiment).context


@pytest.mark.parametrize(
    "change",
    [
        "algorithm=random",
        "objective.beta=-1",
        "recipe.epochs=3",
        "executor.processes=2",
        "choose=1",
        "checkpoint_minutes=3",
        "executor.retries=0",
    ],
)
def test_runs_whose_scores_are_the_same_share_them(change: str, tmp_path: Path) -> None:
    assert context(tmp_path / "one") == context(tmp_path / "other", change)


@pytest.mark.parametrize(
    "change",
    [
        "evaluator.epochs=1",
        "evaluator.train_images=100",
        "recipe.lr=0.01",
        "seed=1",
        "search_space.kernels=[k3]",
        "executor.threads=2",
        "threads=2",
    ],
)
def test_runs_whose_scores_may_differ_keep_them_apart(change: str, tmp_path: Path) -> None:
    assert context(tmp_path / "one") != context(tmp_path / "other", change)


def test_another_device_has_scores_of_its_own(tmp_path: Path) -> None:
    assert context(tmp_path / "one") != context(tmp_path / "other", layer_ms=2.0)


def test_the_same_threads_are_the_same_wherever_trials_run(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    local = context(tmp_path / "local", "executor.threads=2")
    assert local == context(tmp_path / "ray", "executor=ray", "executor.threads=2")
    assert local != context(tmp_path / "one", "executor=ray", "executor.threads=1")
