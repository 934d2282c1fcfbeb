"""The last stage of a run: all that the others found out becomes a page."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import pytorch_lightning as pl
import torch
from safetensors.torch import save_file

from mobilenas.algorithm import RandomSearch
from mobilenas.data import Augment, Digits
from mobilenas.engine import OnnxRuntime
from mobilenas.evaluation import Evaluation
from mobilenas.evaluator import SupernetScoring
from mobilenas.files.artifact import Artifact
from mobilenas.hardware import LatencyTable, MeasuredHardware, TableHardware
from mobilenas.method import Fair
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import LayerwiseSpace, moga
from mobilenas.stages import Candidate, Experiment, profile, report
from mobilenas.stages.base import write_candidates
from mobilenas.stages.profile import TABLE
from mobilenas.timing import Timing
from mobilenas.training.fit import Training
from mobilenas.training.loggers import CsvLog
from mobilenas.training.recipe import Recipe
from mobilenas.training.weights import trained_network

STAGES = ("profile", "supernet", "search", "retrain", "report")
SPACE = moga(10, 8, 0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se", "e3_k5"))
OBJECTIVE = ParetoObjective(maximize={"top1": 0.5}, minimize={"latency_ms": 0.5})


def an_experiment(folder: Path) -> Experiment:
    recipe = Recipe(epochs=1, batch_size=256, lr=0.1)
    return Experiment(
        folder=folder / "run",
        settings={"name": "moga", "scale": {"name": "laptop"}, "method": {"_target_": "mobilenas.method.Fair"}},
        stages=STAGES,
        seed=0,
        choose=2,
        space=SPACE,
        data=Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load(),
        hardware=MeasuredHardware(OnnxRuntime(1, 1), Timing(2, 0.1, 0.0), 2, 3, str(folder / "cache")),
        method=Fair,
        supernet_recipe=recipe,
        recipe=recipe,
        algorithm=RandomSearch,
        objective=OBJECTIVE,
        scoring=SupernetScoring(batch_size=64, calibration_images=32),
        training=Training(pl.Trainer, CsvLog(), 0, 10.0),
    )


def complete(experiment: Experiment, *stages: str) -> None:
    for stage in stages:
        Artifact(experiment.folder / stage, "made by hand").finish()


def fill(experiment: Experiment) -> None:
    """What the other stages leave, with made-up accuracies and random weights."""
    folder = experiment.folder
    for stage in STAGES:
        (folder / stage).mkdir(parents=True)
    profile(experiment, folder / "profile")
    (folder / "supernet" / "random_architectures.json").write_text("[0.5, 0.7]")
    table = LatencyTable.load(folder / "profile" / TABLE)
    by_latency = sorted(range(9), key=lambda index: table.latency_ms(experiment.space.network(divmod(index, 3))))
    evaluations = [evaluation(experiment.space, table, index, rank) for rank, index in enumerate(by_latency)]
    (folder / "search" / "told.json").write_text(json.dumps([vars(one) for one in evaluations]))
    front = OBJECTIVE.non_dominated(evaluations)
    (folder / "search" / "front.json").write_text(json.dumps([vars(one) for one in front]))
    candidates = [
        Candidate(replace(experiment.space.network(one.architecture), name=f"moga-{number}"), one)
        for number, one in enumerate((front[0], front[-1]), 1)
    ]
    train(experiment, candidates)
    complete(experiment, "profile", "supernet", "search", "retrain")


def evaluation(space: LayerwiseSpace, table: LatencyTable, index: int, rank: int) -> Evaluation:
    """The slower, the better, so that all are on the front whatever was measured."""
    network = space.network(divmod(index, 3))
    return Evaluation(divmod(index, 3), 0.5 + rank / 30, table.latency_ms(network), network.macs, network.params)


def train(experiment: Experiment, candidates: list[Candidate]) -> None:
    folder = experiment.folder / "retrain"
    write_candidates(candidates, folder / "candidates")
    torch.manual_seed(0)
    for number, one in enumerate(candidates):
        (folder / one.name).mkdir()
        save_file(one.spec.build().state_dict(), folder / one.name / "weights.safetensors")
        (folder / one.name / "result.json").write_text(json.dumps({"test_top1": 0.9 + number / 100}))


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    experiment = an_experiment(tmp_path_factory.mktemp("whole"))
    fill(experiment)
    return experiment


@pytest.fixture(scope="module")
def folder(experiment: Experiment) -> Path:
    assert report(experiment, experiment.folder / "report") == {"page": "index.html"}
    return experiment.folder / "report"


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "networks.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_whole_run_leaves_every_file(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names >= {"index.html", "networks.csv", "front.png", "kinds.png", "validation.png"}
    assert names >= {f"moga-{number}.{ending}" for number in (1, 2) for ending in ("onnx", "yaml")}


def test_every_figure_of_a_whole_run_was_found_out(folder: Path) -> None:
    found = rows(folder)
    assert [row["name"] for row in found] == ["moga-1", "moga-2"]
    assert all(value for row in found for value in row.values())
    assert [float(row["test_top1"]) for row in found] == [0.9, 0.91]
    assert all(float(row["measured_ms"]) > 0 for row in found)


def test_an_exported_network_computes_what_the_trained_one_does(experiment: Experiment, folder: Path) -> None:
    architecture = tuple(map(int, rows(folder)[0]["architecture"].split()))
    spec = experiment.space.network(architecture)
    network = trained_network(spec, experiment.folder / "retrain" / "moga-1" / "weights.safetensors")
    images = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    (outputs,) = onnxruntime.InferenceSession(folder / "moga-1.onnx").run(None, {"input": images.numpy()})
    with torch.inference_mode():
        np.testing.assert_allclose(outputs, network(images).numpy(), atol=1e-5)


def test_the_page_says_what_the_run_was_made_with(folder: Path) -> None:
    text = (folder / "index.html").read_text()
    for words in ("scale laptop, seed 0", "359 search, 359 test", "9 architectures", "top-1 60.0 % on average"):
        assert words in text


def test_a_published_network_needs_neither_supernet_nor_search(tmp_path: Path) -> None:
    spec = replace(SPACE.network((2, 1)), name="published")
    run = replace(an_experiment(tmp_path), stages=("profile", "retrain", "report"), networks=(spec,))
    for stage in run.stages:
        (run.folder / stage).mkdir(parents=True)
    profile(run, run.folder / "profile")
    train(run, [Candidate(spec)])
    complete(run, "profile", "retrain")
    report(run, run.folder / "report")
    (row,) = rows(run.folder / "report")
    assert row["name"] == "published"
    assert [name for name, value in row.items() if not value] == ["predicted_rmse_ms", "search_top1", "architecture"]


def test_a_network_that_was_not_trained_is_not_exported(experiment: Experiment, tmp_path: Path) -> None:
    run = replace(experiment, folder=tmp_path / "run")
    shutil.copytree(experiment.folder, run.folder)
    shutil.rmtree(run.folder / "retrain")
    report(run, tmp_path)
    assert [row["test_top1"] + row["onnx_error"] for row in rows(tmp_path)] == ["", ""]
    assert not list(tmp_path.glob("*.onnx"))


def test_a_table_from_elsewhere_leaves_the_measured_latency_open(experiment: Experiment, tmp_path: Path) -> None:
    report(replace(experiment, hardware=TableHardware("phone.csv")), tmp_path)
    assert {row["measured_ms"] for row in rows(tmp_path)} == {""}
    assert "the latency table was measured elsewhere" in (tmp_path / "index.html").read_text()
    assert not (tmp_path / "kinds.png").exists()


def test_another_device_than_the_tables_measures_nothing(experiment: Experiment, tmp_path: Path) -> None:
    engine = OnnxRuntime(threads=2, batch=1)
    hardware = MeasuredHardware(engine, Timing(2, 0.1, 0.0), 2, 3, str(tmp_path))
    report(replace(experiment, hardware=hardware), tmp_path)
    assert {row["measured_ms"] for row in rows(tmp_path)} == {""}
    assert "measured with threads 1, but here it is threads 2" in (tmp_path / "index.html").read_text()
