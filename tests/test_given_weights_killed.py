"""Runs that begin with trained weights, killed again and again: they end in the same weights to the last bit."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mobilenas.files.tensors import read_tensors
from tests.given_weights import ADAPT, AROUND, COMMON, FINE_TUNE, as_given, files, weights
from tests.processes import kill_when
from tests.training.tiny import different

OFTEN = ("checkpoint_minutes=0.01", "threads=1", "recipe.epochs=4", "recipe.least_steps=0")
RUNS = {
    "fine_tune": (
        (*FINE_TUNE, "recipe.ema_decay=0.9", "recipe.head_epochs=1"),
        ("retrain/mine/checkpoints/last.ckpt",),
    ),
    "netadapt": (
        (*ADAPT, "executor.threads=1"),
        (
            "adapt/steps/002-*.safetensors",
            "retrain/mine-adapted-1/checkpoints/last.ckpt",
        ),
    ),
    "around": (
        (*AROUND, "supernet_recipe.epochs=3", "supernet_recipe.least_steps=0", "choose=1"),
        (
            "parent/checkpoints/last.ckpt",
            "supernet/checkpoints/last.ckpt",
            "retrain/around-mine-1/checkpoints/last.ckpt",
        ),
    ),
}


def _start(folder: Path, settings: Sequence[str]) -> subprocess.Popen[str]:
    given = as_given(folder, "safetensors", weights(7))  # whose last layer is new
    every = (*COMMON, *settings, *OFTEN, *files(folder.parent), f"weights={given}", f"outputs={folder}")
    command = [sys.executable, "-m", "mobilenas.cli", *every]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _run(folder: Path, settings: Sequence[str]) -> Path:
    """The folder of the run after all of its stages."""
    process = _start(folder, settings)
    text, _ = process.communicate(timeout=900)
    assert process.returncode == 0, text
    (mark,) = folder.glob("*/config.yaml")
    return mark.parent


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "moments"), RUNS.values(), ids=RUNS)
def test_killed_again_and_again_it_ends_in_the_same_weights(
    settings: Sequence[str], moments: Sequence[str], tmp_path: Path
) -> None:
    one, other = tmp_path / "undisturbed", tmp_path / "killed"
    one.mkdir()
    other.mkdir()
    undisturbed = _run(one, settings)
    for begun in moments:
        kill_when(_start(other, settings), other, f"*/{begun}")
    killed = _run(other, settings)
    assert killed.name == undisturbed.name
    names = {str(path.relative_to(undisturbed)) for path in undisturbed.rglob("*.safetensors")}
    assert names == {str(path.relative_to(killed)) for path in killed.rglob("*.safetensors")} != set()
    for name in sorted(names):
        assert not different(read_tensors(undisturbed / name), read_tensors(killed / name)), name
    for result in undisturbed.glob("retrain/*/result.json"):
        assert result.read_text() == (killed / result.relative_to(undisturbed)).read_text()
