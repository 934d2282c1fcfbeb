"""A run whose trials and whose trainings both run in Ray: one Ray, and the results of a run without it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from tests.given_latencies import write_latencies

pytest.importorskip("ray")
pytestmark = pytest.mark.slow

SETTINGS = (
    "experiment=moga",
    "scale=laptop",
    "search_space.candidates=[e3_k3,e6_k3]",
    "search_space.stages=1",
    "hardware=table",
    "algorithm.population=4",
    "algorithm.generations=2",
    "supernet_recipe.epochs=1",
    "recipe.epochs=1",
    "++recipe.least_steps=0",
    "++supernet_recipe.least_steps=0",
    "choose=1",
    "threads=1",
)
IN_RAY = ("trainer=ray", "trainer.workers=2", "executor=ray", "executor.workers=2")
IN_PROCESSES = ("trainer=ddp", "trainer.devices=2", "executor.threads=1")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    space = composed(*SETTINGS, "hardware.path=table.csv").search_space.space(10, 8)
    path = tmp_path_factory.mktemp("device") / "table.csv"
    write_latencies(space, path)
    return path


def _run(outputs: Path, table: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mobilenas.cli", *SETTINGS, f"hardware.path={table}", f"outputs={outputs}"]
    return subprocess.run([*command, *settings], capture_output=True, text=True, timeout=900)


def _results(outputs: Path) -> tuple[object, ...]:
    (folder,) = (path for path in outputs.iterdir() if path.name.startswith("moga-"))
    told = json.loads((folder / "search" / "told.json").read_text())
    assert len(told) > 3
    return folder.name, told, [path.read_bytes() for path in sorted(folder.glob("retrain/*/weights.safetensors"))]


def test_trials_and_trainings_use_one_ray_and_find_what_processes_find(table: Path, tmp_path: Path) -> None:
    done = _run(tmp_path / "ray", table, *IN_RAY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "retrain: " in done.stdout + done.stderr
    again = _run(tmp_path / "ray", table, *IN_PROCESSES)  # the same run, of which nothing is left to do
    assert "supernet: complete in" in again.stdout + again.stderr
    other = _run(tmp_path / "processes", table, *IN_PROCESSES)
    assert other.returncode == 0, other.stdout + other.stderr
    assert _results(tmp_path / "ray") == _results(tmp_path / "processes")


def test_two_addresses_are_refused_before_any_work(table: Path, tmp_path: Path) -> None:
    done = _run(tmp_path, table, *IN_RAY, "trainer.address=10.0.0.1:6379")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "mobilenas: A run uses one Ray, and here are trainer.address=10.0.0.1:6379 and executor.address=null: set the"
        " same address for both."
    )
