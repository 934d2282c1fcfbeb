"""The stage that trains published networks: as the chosen ones, and shared by runs for several devices."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mobilenas.data import Augment, Digits, ImageData
from mobilenas.files.tensors import read_tensors
from mobilenas.hardware import LatencyTable, TableHardware
from mobilenas.report.baselines import measured_baselines, predicted_baselines
from mobilenas.search_space import MoGA
from mobilenas.stages import BaselinesStage, Choice, RetrainRecord, RetrainStage, Run
from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Trainer, Training

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e6_k3")).space(10, 8)
NETWORKS = tuple(replace(SPACE.network(one), name=name) for one, name in (((0, 1), "first"), ((1, 1), "second")))
RECIPE = Recipe(1, 256, 0.05)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


def run_in(folder: Path, data: ImageData) -> Run:
    return Run(folder, SPACE, data, Training(Trainer(accelerator="cpu", devices=1), CsvLog(), 0, 10.0))


@pytest.fixture(scope="module")
def folder(data: ImageData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    BaselinesStage(run_in(folder, data), NETWORKS, RECIPE, 100).make(folder / "baselines", ())
    return folder


def test_a_baseline_is_trained_exactly_as_the_same_network_is_by_the_stage_retrain(
    folder: Path, data: ImageData, tmp_path: Path
) -> None:
    run = replace(run_in(tmp_path, data), networks=NETWORKS)
    RetrainStage(run, RECIPE, Choice(), 100).make(tmp_path / "retrain", ())
    chosen, baselines = (RetrainRecord.load(path) for path in (tmp_path / "retrain", folder / "baselines"))
    for one, other in zip(chosen.networks, baselines.networks, strict=True):
        assert (one.spec, one.test_accuracy, one.test_others) == (other.spec, other.test_accuracy, other.test_others)
        mine, its = read_tensors(one.weights), read_tensors(other.weights)
        assert mine.keys() == its.keys() and all(tensor.equal(its[name]) for name, tensor in mine.items())


def test_what_is_trained_is_not_trained_again(folder: Path, data: ImageData, tmp_path: Path) -> None:
    first = folder / "baselines" / "first"
    for path in first.glob("*.*"):
        (tmp_path / "baselines" / "first").mkdir(parents=True, exist_ok=True)
        (tmp_path / "baselines" / "first" / path.name).write_bytes(path.read_bytes())
    result = json.loads((first / "result.json").read_text()) | {"test_accuracy": 0.125}
    (tmp_path / "baselines" / "first" / "result.json").write_text(json.dumps(result))
    facts = BaselinesStage(run_in(tmp_path, data), NETWORKS, RECIPE, 100).make(tmp_path / "baselines", ())
    assert facts["first"] == 0.125
    assert facts["second"] == RetrainRecord.load(folder / "baselines").networks[1].test_accuracy


def test_the_training_depends_on_no_device(data: ImageData, tmp_path: Path) -> None:
    stage = BaselinesStage(run_in(tmp_path, data), NETWORKS, RECIPE, 100)
    assert stage.reads == stage.reads_if_made == () and stage.is_shared
    assert stage.depends_on == replace(stage, eval_batch_size=50).depends_on
    for other in (replace(stage, networks=NETWORKS[:1]), replace(stage, recipe=Recipe(2, 256, 0.05))):
        assert other.depends_on != stage.depends_on


def test_networks_that_begin_with_trained_weights_have_no_baselines(data: ImageData, tmp_path: Path) -> None:
    stage = BaselinesStage(run_in(tmp_path, data), NETWORKS, RECIPE, 100)
    stage.check()
    for begin in ("given", "inherited", "adapted", "supernet"):
        with pytest.raises(ValueError, match=r"baselines begin with new weights.*recipe\.init=random"):
            replace(stage, weights_from=begin).check()  # type: ignore[arg-type]


def test_a_measured_baseline_has_the_mean_and_the_spread_of_its_repetitions(folder: Path) -> None:
    networks = RetrainRecord.load(folder / "baselines").networks
    found = measured_baselines(networks, np.array([[3.0, 1.0], [4.0, 2.0], [5.0, 3.0]]))
    assert [(one.name, one.latency_ms, one.latency_std_ms) for one in found] == [
        ("second", 2.0, 1.0),
        ("first", 4.0, 1.0),
    ]
    assert [one.params for one in found] == [NETWORKS[1].params, NETWORKS[0].params]
    assert found[0].test_accuracy == networks[1].test_accuracy


def test_the_table_of_another_device_predicts_what_it_has_rows_for(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = {layer.key: 0.5 for layer in NETWORKS[0].pieces if layer.takes_time}
    missing = {layer.key for layer in NETWORKS[1].pieces if layer.takes_time} - rows.keys()
    assert missing
    LatencyTable(rows, overhead_ms=0.25).save(tmp_path / "phone.csv")
    table = LatencyTable.load(tmp_path / "phone.csv")
    networks = RetrainRecord.load(folder / "baselines").networks
    hardware = TableHardware(str(tmp_path / "phone.csv"))
    found = predicted_baselines(networks, hardware, table, SPACE)
    assert [one.name for one in found] == ["first"]
    assert found[0].latency_ms == pytest.approx(table.latency_ms(NETWORKS[0])) and found[0].latency_std_ms is None
    assert "second is left out, because its latency is not known" in caplog.text
    assert predicted_baselines(networks, hardware, None, SPACE) == ()
