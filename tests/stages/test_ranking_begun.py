"""How well a supernet ranks, where networks begin with inherited weights, and where the command is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from mobilenas.stages import RankingRecord
from mobilenas.stages.alone_record import AloneRecord
from tests.given_weights import AROUND, COMMON, as_given, files, made, planned, weights
from tests.processes import kill_when

RANKING = ("evaluator=ranking", "evaluator.ranking.networks=4")
UNTRAINED = ("recipe.epochs=0", "recipe.calibration_images=256", "supernet_recipe.epochs=0", "recipe.batch_size=256")
AGAIN = (*COMMON, *AROUND, *RANKING, "recipe.epochs=3", "recipe.least_steps=0", "supernet_recipe.least_steps=0")


def test_without_any_training_a_network_is_worth_as_much_alone_as_in_the_supernet(tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights())}"
    stages = "stages=[supernet,alone,ranking]"
    run = made(
        tmp_path, *AROUND, *RANKING, *UNTRAINED, "recipe.batch_size=256", "scale.eval_batch_size=256", stages, given
    )
    found = RankingRecord.load(run.run.folder / "ranking")
    assert len({one.score for one in found.networks}) > 1
    for one in found.networks:
        assert one.score == pytest.approx(one.search_accuracy, abs=0.01)
    assert "beginning with weights inherited from the given network" in found.made_by


@pytest.mark.parametrize(("classes", "reads"), [(10, ()), (7, ("parent",))])
def test_the_networks_begin_with_the_parent_that_has_learned_the_classes(
    classes: int, reads: tuple[str, ...], tmp_path: Path
) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights(classes))}"
    run = planned(tmp_path, *AROUND, *RANKING, given)
    (alone,) = (stage for stage in run.stages if stage.name == "alone")
    assert alone.reads == reads


def _start(folder: Path, given: str) -> "subprocess.Popen[str]":
    stages = ("stages=[supernet,alone,ranking]", "checkpoint_minutes=0.01", "threads=1")
    every = (*AGAIN, *files(folder.parent), *stages, f"weights={given}", f"outputs={folder}")
    command = [sys.executable, "-m", "mobilenas.cli", *every]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.slow
def test_killed_again_and_again_it_ends_in_the_same_accuracies_and_trains_no_network_twice(tmp_path: Path) -> None:
    given = as_given(tmp_path, "safetensors", weights())
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
    text, _ = _start(tmp_path / "undisturbed", given).communicate(timeout=900)
    assert "alone: 4/4 networks" in text
    kill_when(_start(tmp_path / "killed", given), tmp_path / "killed", "*/alone/01/checkpoints/last.ckpt")
    kill_when(_start(tmp_path / "killed", given), tmp_path / "killed", "*/alone/03/checkpoints/last.ckpt")
    text, _ = _start(tmp_path / "killed", given).communicate(timeout=900)
    assert "alone-03:" in text and "alone-01:" not in text and "alone-02:" not in text
    one, other = (next((tmp_path / name).glob("*/config.yaml")).parent for name in ("undisturbed", "killed"))
    assert AloneRecord.load(one / "alone") == AloneRecord.load(other / "alone")
    assert RankingRecord.load(one / "ranking") == RankingRecord.load(other / "ranking")
