"""Runs whose networks are trained one by one (MnasNet): the same wherever the trials run."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from mobilenas.evaluation import Evaluation
from mobilenas.search_space import MnasNet
from tests.given_latencies import write_latencies

SETTINGS = (
    "experiment=mnasnet",
    "scale=laptop",
    "search_space.stages=2",
    "search_space.blocks=1",
    "hardware=table",
    "evaluator.epochs=1",
    "evaluator.train_images=300",
    "scale.trials=6",
    "scale.trial_batch=3",
    "threads=1",
)
EXECUTORS = {
    "processes": ("executor.processes=2", "executor.threads=1"),
    "Ray": ("executor=ray", "executor.workers=2"),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    space = MnasNet(0.25, stages=2, blocks=1, hidden=0.25, unstrided=2).space(10, 8)
    path = tmp_path_factory.mktemp("device") / "table.csv"
    write_latencies(space, path)
    return path


def _run(outputs: Path, table: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mobilenas.cli", *SETTINGS, f"hardware.path={table}", f"outputs={outputs}"]
    return subprocess.run([*command, *settings], capture_output=True, text=True, timeout=900)


def _ranking(outputs: Path) -> list[Evaluation]:
    (path,) = outputs.glob("mnasnet-laptop-s0-*/search/ranking.json")
    return [Evaluation(**one) for one in json.loads(path.read_text())]


@pytest.fixture(scope="module")
def alone(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a whole run whose trials have run one after the other in its own process."""
    outputs = tmp_path_factory.mktemp("alone")
    done = _run(outputs, table, "choose=1", "recipe.epochs=1")
    assert done.returncode == 0, done.stdout + done.stderr
    return outputs


def test_the_network_of_the_highest_reward_is_trained_and_reported(alone: Path) -> None:
    ranking = _ranking(alone)
    rewards = [one.accuracy * (one.latency_ms / 0.1) ** -0.07 for one in ranking]  # laptop scale has .1 ms
    assert rewards == sorted(rewards, reverse=True)
    (result,) = alone.glob("*/retrain/*/result.json")
    assert json.loads(result.read_text())["test_accuracy"] > 0
    (spec,) = alone.glob("*/report/mnasnet-1.yaml")
    assert "Latency of the sampled architectures" in (spec.parent / "index.html").read_text()
    said = json.loads((result.parents[1] / "chosen" / "evaluations.json").read_text())
    assert Evaluation(**said["mnasnet-1"]) == ranking[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXECUTORS)
def test_trials_elsewhere_have_the_same_results(name: str, alone: Path, table: Path, tmp_path: Path) -> None:
    if name == "Ray" and not find_spec("ray"):
        pytest.skip("Ray is not installed")
    done = _run(tmp_path, table, *EXECUTORS[name], "stages=[profile,search]")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Lightning" not in done.stdout + done.stderr
    assert _ranking(tmp_path) == _ranking(alone)


def test_a_search_whose_trials_all_fail_ends_in_a_sentence(table: Path, tmp_path: Path) -> None:
    wrong = ("recipe.optimizer=sgd", "recipe.lr=1e9", "recipe.weight_decay=1e9")
    done = _run(tmp_path, table, *wrong, "stages=[profile,search]")
    assert done.returncode == 1
    sentence = done.stderr.splitlines()[-1]
    assert sentence.startswith(
        "mobilenas: All 3 architectures failed. The first failure: diverged: the short training: in epoch"
    )
    assert "retry_failures=true" in sentence
