"""A whole run at the smallest size: its artifacts, what is not done twice, and SIGKILL at any moment."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mobilenas.search_space import MoGA
from tests.processes import kill_when

CANDIDATES = ("e3_k3", "e3_k3_se", "e6_k5")
SETTINGS = (
    "experiment=moga",
    "scale=laptop",
    f"search_space.candidates=[{','.join(CANDIDATES)}]",
    "search_space.stages=2",
    "supernet_recipe.epochs=3",
    "recipe.epochs=2",
    "scale.population=6",
    "scale.generations=4",
    "choose=2",
    "evaluator.random_architectures=4",
    "checkpoint_minutes=0.01",
    "hardware=table",
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A device's table from elsewhere: a millisecond for every million multiply-adds, and one for every layer."""
    space = MoGA(0.25, stages=2, blocks=2, hidden=0.25, unstrided=2, candidates=CANDIDATES).space(10, 8)
    rows = {layer.key: 1 + layer.macs / 1e6 for candidates in space.layers for layer in candidates}
    path = tmp_path_factory.mktemp("device") / "table.csv"
    path.write_text("layer,latency_ms\n" + "".join(f"{key},{value!r}\n" for key, value in rows.items()))
    return path


def _start(outputs: Path, table: Path, *settings: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mobilenas.cli", *SETTINGS, f"hardware.path={table}", f"outputs={outputs}"]
    return subprocess.Popen([*command, *settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _run(outputs: Path, table: Path, *settings: str) -> str:
    process = _start(outputs, table, *settings)
    text, _ = process.communicate(timeout=900)
    assert process.returncode == 0, text
    return text


@pytest.fixture(scope="module")
def undisturbed(table: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    outputs = tmp_path_factory.mktemp("undisturbed")
    text = _run(outputs, table)
    (folder,) = outputs.glob("moga-laptop-s0-*")
    return folder, text


def _results(folder: Path) -> tuple[object, dict[str, object]]:
    trained = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("retrain/*/result.json")}
    return json.loads((folder / "search" / "front.json").read_text()), trained


@pytest.mark.slow
def test_a_run_leaves_every_artifact(undisturbed: tuple[Path, str]) -> None:
    folder, _ = undisturbed
    for stage in ("profile", "supernet", "search", "retrain", "report"):
        assert (folder / stage / "artifact.json").exists(), stage
    front, trained = _results(folder)
    assert front
    assert set(trained) == {"moga-1", "moga-2"}
    assert (folder / "report" / "index.html").exists()
    assert (folder / "retrain" / "moga-1" / "weights.safetensors").exists()


@pytest.mark.slow
def test_a_run_ends_in_the_table_and_the_path_of_the_page(undisturbed: tuple[Path, str]) -> None:
    _, text = undisturbed
    assert "moga-1" in text
    assert "index.html" in text


@pytest.mark.slow
def test_the_same_command_does_nothing_again(undisturbed: tuple[Path, str], table: Path) -> None:
    folder, _ = undisturbed
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("artifact.json")}
    text = _run(folder.parent, table)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("artifact.json")} == before
    assert "index.html" in text


@pytest.mark.slow
def test_another_search_takes_the_supernet_that_is_there(undisturbed: tuple[Path, str], table: Path) -> None:
    folder, _ = undisturbed
    text = _run(folder.parent, table, "algorithm=random", "scale.samples=5", "stages=[profile,supernet,search]")
    assert f"supernet: taken from {folder}" in text


@pytest.mark.slow
def test_killed_in_each_long_stage_it_ends_as_if_it_had_not_been(
    undisturbed: tuple[Path, str], table: Path, tmp_path: Path
) -> None:
    for begun in (
        "supernet/checkpoints/last.ckpt",
        "search/evaluations.sqlite",
        "retrain/moga-1/checkpoints/last.ckpt",
    ):
        kill_when(_start(tmp_path, table), tmp_path, f"moga-*/{begun}")
    _run(tmp_path, table)
    (folder,) = tmp_path.glob("moga-laptop-s0-*")
    assert folder.name == undisturbed[0].name
    assert _results(folder) == _results(undisturbed[0])


@pytest.mark.slow
def test_a_second_process_on_a_folder_in_use_is_refused(table: Path, tmp_path: Path) -> None:
    first = _start(tmp_path, table)
    while not list(tmp_path.glob("moga-*/supernet/begun.json")):
        assert first.poll() is None, first.communicate()[0]
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGSTOP)
    second = _start(tmp_path, table)
    text, _ = second.communicate(timeout=300)
    first.kill()
    first.communicate()
    assert second.returncode != 0
    assert "Another process is working in" in text
