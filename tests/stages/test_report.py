"""The last stage of a run: all that the others found out becomes a page."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from mobilenas.data import Augment, Digits
from mobilenas.engine import OnnxRuntime
from mobilenas.evaluation import Evaluation
from mobilenas.hardware import Hardware, LatencyTable, MeasuredHardware, TableHardware
from mobilenas.network import NetworkSpec
from mobilenas.objective import ParetoObjective
from mobilenas.report import ReportStage
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.stages import Choice, Chosen, ProfileRecord, ProfileStage, Run
from mobilenas.stages.chosen import write_chosen, write_evaluations
from mobilenas.timing import Timing
from mobilenas.tracking import CsvLog
from mobilenas.training import Trainer, Training
from mobilenas.training.weights import trained_network

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se", "e3_k5")).space(10, 8)
OBJECTIVE = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})
MADE = ("profile", "supernet", "search", "retrain")
MADE_BY = ("Fair: shared lr 0.1", "RandomSearch: samples 9", "1 epoch, batch size 256")  # as the records say


def a_report(folder: Path) -> ReportStage:
    data = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
    run = Run(folder / "run", SPACE, data, Training(Trainer(), CsvLog(), 0, 10.0), choose=2)
    hardware = MeasuredHardware(OnnxRuntime(1, 1), Timing(2, 0.1, 0.0), 2, 3, str(folder / "cache"))
    return ReportStage(run, hardware, Choice(), "moga on digits", "moga, scale laptop, seed 0", "seed: 0\n")


SEARCHED = {"made_by": "RandomSearch: samples 9", "scored_by": "", "target_ms": None, "by_reward": False}


def profile(run: Run, hardware: Hardware) -> LatencyTable:
    folder = run.folder / "profile"
    folder.mkdir(parents=True)
    ProfileStage(run, hardware).make(folder, ())
    return ProfileRecord.load(folder).table


def fill(stage: ReportStage) -> None:
    """What the other stages leave, with made-up accuracies and random weights."""
    run = stage.run
    table = profile(run, stage.hardware)
    by_latency = sorted(range(9), key=lambda index: table.latency_ms(SPACE.network(divmod(index, 3))))
    evaluations = [evaluation(SPACE, table, index, rank) for rank, index in enumerate(by_latency)]
    front = OBJECTIVE.non_dominated(evaluations)
    write(run, "supernet", "record.json", {"made_by": "Fair: shared lr 0.1", "target_ms": None})
    write(run, "supernet", "learned.json", {})
    write(run, "supernet", "random_architectures.json", [0.5, 0.7])
    write(run, "search", "record.json", SEARCHED)
    write_evaluations(evaluations, run.folder / "search" / "told.json")
    write_evaluations(front, run.folder / "search" / "front.json")
    candidates = [
        Chosen(replace(SPACE.network(one.architecture), name=f"moga-{number}"), one)
        for number, one in enumerate((front[0], front[-1]), 1)
    ]
    train(run, candidates)


def write(run: Run, stage: str, name: str, content: object) -> None:
    (run.folder / stage).mkdir(exist_ok=True)
    (run.folder / stage / name).write_text(json.dumps(content))


def evaluation(space: LayerwiseSpace, table: LatencyTable, index: int, rank: int) -> Evaluation:
    """The slower, the better, so that all are on the front whatever was measured."""
    network = space.network(divmod(index, 3))
    return Evaluation(divmod(index, 3), 0.5 + rank / 30, table.latency_ms(network), network.macs, network.params)


def train(run: Run, candidates: list[Chosen], stage: str = "retrain") -> None:
    folder = run.folder / stage
    write(run, stage, "record.json", {"made_by": "1 epoch, batch size 256"})
    write_chosen(candidates, folder / "chosen")
    torch.manual_seed(0)
    for number, one in enumerate(candidates):
        (folder / one.name).mkdir()
        save_file(one.spec.build().state_dict(), folder / one.name / "weights.safetensors")
        result = {"test_accuracy": 0.9 + number / 100, "weights": "", "test_others": {"top-5": 0.99}}
        (folder / one.name / "result.json").write_text(json.dumps(result))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> ReportStage:
    stage = a_report(tmp_path_factory.mktemp("whole"))
    fill(stage)
    return stage


@pytest.fixture(scope="module")
def folder(stage: ReportStage) -> Path:
    folder = stage.run.folder / "report"
    folder.mkdir()
    assert stage.make(folder, MADE) == {"page": "index.html"}
    return folder


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "networks.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_whole_run_leaves_every_file(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names >= {"index.html", "networks.csv", "front.png"}
    assert names >= {f"moga-{number}.{ending}" for number in (1, 2) for ending in ("onnx", "yaml", "onnx.latency.json")}


def test_every_figure_of_a_whole_run_was_found_out(folder: Path) -> None:
    found = rows(folder)
    assert [row["name"] for row in found] == ["moga-1", "moga-2"]
    assert all(value for row in found for value in row.values())
    assert [float(row["test_accuracy"]) for row in found] == [0.9, 0.91]
    assert [float(row["test_second"]) for row in found] == [0.99, 0.99]
    assert all(float(row["measured_ms"]) > 0 for row in found)


def test_an_exported_network_computes_what_the_trained_one_does(stage: ReportStage, folder: Path) -> None:
    architecture = tuple(map(int, rows(folder)[0]["architecture"].split()))
    spec = SPACE.network(architecture)
    network = trained_network(spec, stage.run.folder / "retrain" / "moga-1" / "weights.safetensors")
    images = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    (outputs,) = onnxruntime.InferenceSession(folder / "moga-1.onnx").run(None, {"input": images.numpy()})
    with torch.inference_mode():
        np.testing.assert_allclose(outputs, network(images).numpy(), atol=1e-5)


def test_the_page_says_what_the_run_was_made_with(folder: Path) -> None:
    text = (folder / "index.html").read_text()
    for words in (
        "scale laptop, seed 0",
        "359 search, 359 test",
        "9 architectures",
        "top-1 60.0 % on average",
        *MADE_BY,
    ):
        assert words in text


def test_a_published_network_needs_neither_supernet_nor_search(tmp_path: Path) -> None:
    spec = replace(SPACE.network((2, 1)), name="published")
    stage = a_report(tmp_path)
    run = replace(stage.run, networks=(spec,))
    profile(run, stage.hardware)
    train(run, [Chosen(spec)])
    replace(stage, run=run).make(tmp_path, ("profile", "retrain"))
    (row,) = rows(tmp_path)
    assert row["name"] == "published"
    assert [name for name, value in row.items() if not value] == [
        "predicted_rmse_ms",
        "search_accuracy",
        "architecture",
    ]


def test_a_network_that_was_not_trained_is_not_exported(stage: ReportStage, tmp_path: Path) -> None:
    run = replace(stage.run, folder=tmp_path / "run")
    shutil.copytree(stage.run.folder, run.folder)
    replace(stage, run=run).make(tmp_path, ("profile", "supernet", "search"))
    assert [row["test_accuracy"] + row["onnx_error"] for row in rows(tmp_path)] == ["", ""]
    assert not list(tmp_path.glob("*.onnx"))


def test_a_table_from_elsewhere_leaves_the_measured_latency_open(stage: ReportStage, tmp_path: Path) -> None:
    replace(stage, hardware=TableHardware("phone.csv")).make(tmp_path, MADE)
    assert {row["measured_ms"] for row in rows(tmp_path)} == {""}
    assert "the latency table was measured elsewhere" in (tmp_path / "index.html").read_text()
    assert "Where the time goes" not in (tmp_path / "index.html").read_text()


def test_an_engine_without_its_profiler_leaves_the_time_by_operation_open(
    stage: ReportStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breakdown(self: OnnxRuntime, network: NetworkSpec) -> dict[str, float]:
        raise ValueError("This version does not give its profiler.")

    monkeypatch.setattr(OnnxRuntime, "breakdown", breakdown)
    stage.make(tmp_path, MADE)
    assert "report: time by operation is left out: This version does not give its profiler." in caplog.text
    assert all(float(row["measured_ms"]) > 0 for row in rows(tmp_path))
    assert "Where the time goes" not in (tmp_path / "index.html").read_text()


def test_another_device_than_the_tables_measures_nothing(stage: ReportStage, tmp_path: Path) -> None:
    engine = OnnxRuntime(threads=2, batch=1)
    hardware = MeasuredHardware(engine, Timing(2, 0.1, 0.0), 2, 3, str(tmp_path))
    replace(stage, hardware=hardware).make(tmp_path, MADE)
    assert {row["measured_ms"] for row in rows(tmp_path)} == {""}
    assert "measured with threads 1, but here it is threads 2" in (tmp_path / "index.html").read_text()


def with_baselines(stage: ReportStage, folder: Path) -> ReportStage:
    """The same run with two published networks, trained by hand: one of the space and one of another width."""
    run = replace(stage.run, folder=folder / "run")
    shutil.copytree(stage.run.folder, run.folder)
    wider = MoGA(0.5, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k5")).space(10, 8)
    specs = (replace(SPACE.network((0, 2)), name="known"), replace(wider.network((0, 1)), name="wider"))
    train(run, [Chosen(one) for one in specs], "baselines")
    return replace(stage, run=run)


def test_baselines_are_measured_beside_the_networks(stage: ReportStage, tmp_path: Path) -> None:
    with_baselines(stage, tmp_path).make(tmp_path, (*MADE, "baselines"))
    with (tmp_path / "baselines.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    times_ms = [float(row["latency_ms"]) for row in found]
    assert sorted(row["name"] for row in found) == ["known", "wider"]
    assert times_ms == sorted(times_ms) and all(float(row["latency_std_ms"]) >= 0 for row in found)
    assert all(float(row["measured_ms"]) > 0 for row in rows(tmp_path))
    assert "Published networks beside it" in (tmp_path / "index.html").read_text()


def test_the_table_of_another_device_predicts_the_baselines_that_it_can(stage: ReportStage, tmp_path: Path) -> None:
    stage = with_baselines(stage, tmp_path)
    path = stage.run.folder / "profile" / "latency.csv"
    replace(stage, hardware=TableHardware(str(path))).make(tmp_path, (*MADE, "baselines"))
    (row,) = csv.DictReader((tmp_path / "baselines.csv").read_text().splitlines())
    table = LatencyTable.load(path)
    assert float(row["latency_ms"]) == pytest.approx(table.latency_ms(SPACE.network((0, 2))))
    assert (row["name"], row["latency_std_ms"]) == ("known", "")
    assert "wider, because the latency table does not have all their layers" in (tmp_path / "index.html").read_text()
