"""Runs of NetAdapt: the same steps wherever the proposals are scored, and whenever the run is killed."""

import csv
import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest

from mobilenas.adaptation.widths import WidthSpace
from mobilenas.evaluation import Evaluation
from mobilenas.evaluation.store import Store
from mobilenas.network.improvement import improve
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier
from tests.processes import kill_when
from tests.seed_network import SEED, WIDTHS

SETTINGS = (
    "experiment=netadapt",
    "scale=laptop",
    "hardware=table",
    "algorithm.divisor=4",
    "algorithm.delta=0.08",
    "algorithm.target_share=0.6",
    "scale.fine_tune_steps=5",
    "recipe.epochs=3",
    "checkpoint_minutes=0.01",
    "executor.threads=1",
    "threads=2",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Settings that name the network, and a table with all layers that it may come to have."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "mine.yaml").write_text(SEED)
    pieces = []
    for architecture in product(*map(range, WIDTHS.options)):
        pieces += WIDTHS.network(architecture).pieces
    rows = {layer.key: 0.0001 + layer.macs / 1e7 for layer in pieces}
    (folder / "table.csv").write_text("layer,latency_ms\n" + "".join(f"{key},{ms!r}\n" for key, ms in rows.items()))
    return f"network_file={folder / 'mine.yaml'}", f"hardware.path={folder / 'table.csv'}"


def start(outputs: Path, *settings: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mobilenas.cli", *SETTINGS, f"outputs={outputs}", *settings]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(outputs: Path, *settings: str) -> Path:
    """The folder of the run."""
    process = start(outputs, *settings)
    text, _ = process.communicate(timeout=900)
    assert process.returncode == 0, text
    (folder,) = outputs.glob("netadapt-laptop-s0-*")
    return folder


def steps(folder: Path, name: str = "front") -> list[Evaluation]:
    return [Evaluation(**one) for one in json.loads((folder / "adapt" / f"{name}.json").read_text())]


@pytest.fixture(scope="module")
def undisturbed(files: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("undisturbed"), *files)


def test_a_run_ends_with_a_network_that_is_fast_enough(undisturbed: Path) -> None:
    path = steps(undisturbed)
    latencies_ms = [one.latency_ms for one in path]
    assert latencies_ms[-1] <= 0.6 * latencies_ms[0] < latencies_ms[-2]
    (trained,) = undisturbed.glob("report/mine-adapted-1.yaml")
    assert NetworkSpec.load(trained) == WIDTHS.network(path[-1].architecture)
    assert json.loads((undisturbed / "retrain/mine-adapted-1/result.json").read_text())["test_accuracy"] > 0


def test_all_proposals_are_kept(undisturbed: Path) -> None:
    told, path = steps(undisturbed, "told"), steps(undisturbed)
    assert all(one in told for one in path)
    assert len(told) > 1.5 * len(path)


@pytest.mark.slow
def test_killed_again_and_again_it_takes_the_same_steps(
    undisturbed: Path, files: tuple[str, str], tmp_path: Path
) -> None:
    for begun in (
        "seed/checkpoints/last.ckpt",
        "adapt/evaluations.sqlite",
        "adapt/steps/001-*.safetensors",
        "adapt/steps/003-*.safetensors",
        "retrain/mine-adapted-1/checkpoints/last.ckpt",
    ):
        kill_when(start(tmp_path, *files), tmp_path, f"netadapt-*/{begun}")
    folder = run(tmp_path, *files)
    assert steps(folder) == steps(undisturbed)
    assert steps(folder, "told") == steps(undisturbed, "told")
    result = "retrain/mine-adapted-1/result.json"
    assert (folder / result).read_text() == (undisturbed / result).read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "executor",
    [
        ("executor.processes=2", "executor.threads=1"),
        pytest.param(
            ("executor=ray", "executor.workers=2"), marks=pytest.mark.skipif(not find_spec("ray"), reason="no Ray")
        ),
    ],
    ids=["processes", "Ray"],
)
def test_proposals_are_scored_alike_wherever_they_are(
    executor: tuple[str, ...], undisturbed: Path, files: tuple[str, str], tmp_path: Path
) -> None:
    folder = run(tmp_path, *files, *executor, "stages=[profile,seed,adapt]")
    assert steps(folder) == steps(undisturbed)
    assert steps(folder, "told") == steps(undisturbed, "told")


TINY = (
    "scale=laptop",
    "search_space.stages=2",
    "search_space.blocks=2",
    "recipe.epochs=1",
    "scale.fair_epochs=1",
    "scale.fine_tune_steps=2",
    "scale.samples=3",
    "scale.trials=3",
    "scale.trial_batch=3",
    "scale.proxy_epochs=1",
    "evaluator.batch_size=128",
    "adaptation.delta=0.02",
    "hardware.timing.rounds=2",
    "hardware.timing.visit_ms=0.5",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        (
            "mobilenetv3_small_search",  # where all improvements fit
            (
                "search_space.convs=[mbconv6]",
                "search_space.ses=[se0.25]",
                "scale.unstrided=3",
                "search_space.kernels=[k3]",
            ),
        ),
        ("mobilenetv3_supernet_search", ("evaluator.random_architectures=2",)),
    ],
)
def test_a_search_netadapt_and_the_improvements_are_one_command(
    preset: str, settings: tuple[str, ...], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "mobilenas.cli", f"experiment={preset}", *TINY, *settings, f"outputs={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = tmp_path.glob(f"{preset}-laptop-s0-*")
    before, path = NetworkSpec.load(folder / "seed" / "network.yaml"), steps(folder)
    (trained,) = map(NetworkSpec.load, folder.glob("report/*-adapted-1.yaml"))
    adapted = WidthSpace(before, 2).network(path[-1].architecture)
    if preset == "mobilenetv3_supernet_search":
        assert trained == adapted
    else:
        assert trained == improve(adapted, ["large_se", "slim_stem@8", "h_swish@10", "efficient_last_stage"], before)
        assert "continues without" not in done.stderr
        assert isinstance(trained.ops[-1], Classifier)
        assert trained.ops[-1].hidden
    assert path[-1].macs < path[0].macs or "no change of a single width saves enough" in done.stderr
    with (folder / "report" / "networks.csv").open(newline="") as file:
        (network,) = csv.DictReader(file)
    assert float(network["test_accuracy"]) > 0
    assert float(network["measured_ms"]) > 0


@pytest.mark.slow
def test_a_proposal_that_failed_and_is_tried_again_leaves_no_weights_of_another_network(
    undisturbed: Path, files: tuple[str, str], tmp_path: Path
) -> None:
    """Run out of memory for what is best in the first step, go on without it, be killed, and try it again."""
    best, shared = steps(undisturbed)[1], tmp_path / "shared.sqlite"
    with sqlite3.connect(undisturbed / "adapt" / "evaluations.sqlite") as store:
        where = "SELECT context FROM evaluations WHERE architecture = ?"
        ((context,),) = store.execute(where, [",".join(map(str, best.architecture))]).fetchall()
    with Store(shared) as store:
        store.put(context, replace(best, architecture=tuple(best.architecture), accuracy=0.0, failure="out of memory"))
    kill_when(start(tmp_path, *files, f"store={shared}"), tmp_path, "netadapt-*/adapt/steps/003-*.safetensors")
    folder = run(tmp_path, *files, f"store={shared}", "retry_failures=true")
    assert steps(folder) == steps(undisturbed)


def test_a_network_that_is_fast_enough_stays_as_it_is(files: tuple[str, str], tmp_path: Path) -> None:
    folder = run(tmp_path, *files, "algorithm.target_share=null", "algorithm.target_ms=1000")
    (only,) = steps(folder)
    assert steps(folder, "told") == [only]
    assert WIDTHS.network(only.architecture) == WIDTHS.seed
    assert replace(NetworkSpec.load(folder / "report/mine-adapted-1.yaml"), name=WIDTHS.seed.name) == WIDTHS.seed
    assert "This page shows 1 network; NetAdapt took no step." in (folder / "report/index.html").read_text()


def test_a_table_that_lacks_an_improved_layer_costs_the_prediction_alone(
    files: tuple[str, str], tmp_path: Path
) -> None:
    untouched = ("algorithm.target_share=null", "algorithm.target_ms=1000")
    process = start(tmp_path, *files, *untouched, "recipe.epochs=1", "improvements=[h_swish@8]")
    text, _ = process.communicate(timeout=900)
    assert process.returncode == 0, text
    assert "the latency of mine-adapted-1 cannot be predicted" in text
    (path,) = tmp_path.glob("netadapt-*/report/networks.csv")
    with path.open(newline="") as file:
        (network,) = csv.DictReader(file)
    assert not network["predicted_ms"]
    assert float(network["test_accuracy"]) > 0
