"""The offline record of whole runs in W&B: names, steps, tables, artifacts and lineage, as documented."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.evaluation import Evaluation
from mobilenas.files.record import read_record
from tests.processes import kill_when
from tests.tracking.documented import documented
from tests.tracking.read_back import Record, from_csv, from_wandb
from tests.tracking.wandb_file import artifacts, ids, rows, step_metrics

MOGA = (
    "experiment=moga",
    "search_space.candidates=[e3_k3,e3_k3_se,e6_k5]",
    "search_space.stages=2",
    "supernet_recipe.epochs=3",
    "scale.population=6",
    "scale.generations=4",
    "choose=2",
    "evaluator.random_architectures=4",
    "checkpoint_minutes=0.001",
)
FBNET = (
    "experiment=fbnet",
    "search_space.candidates=[k3_e1,k3_e3,skip]",
    "search_space.stages=2",
    "supernet_recipe.epochs=3",
    "algorithm.samples=4",
    "stages=[profile,supernet,search]",
)
COMMON = ("scale=laptop", "hardware=table", "recipe.epochs=1", "logger=wandb")


def _table(path: Path, *settings: str) -> Path:
    """A device's table from elsewhere: a millisecond for every million multiply-adds, and one for every layer."""
    made = composed(*settings, *COMMON, f"hardware.path={path}")
    data = made.data.load()
    space = made.search_space.space(len(data.classes), data.size[0])
    layers = {layer.key: 1 + layer.macs / 1e6 for layer in space.pieces}
    path.write_text("layer,latency_ms\n" + "".join(f"{key},{value!r}\n" for key, value in layers.items()))
    return path


def _start(outputs: Path, table: Path, *settings: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "mobilenas.cli",
        *settings,
        *COMMON,
        f"hardware.path={table}",
        f"outputs={outputs}",
    ]
    own = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    nowhere = {"WANDB_BASE_URL": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=own | nowhere)


def _end(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=900)
    assert process.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def moga(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run that was killed in the middle of the supernet's training, and then continued."""
    outputs = tmp_path_factory.mktemp("outputs")
    table = _table(outputs / "table.csv", *MOGA)
    kill_when(_start(outputs, table, *MOGA), outputs, "*/supernet/checkpoints/last.ckpt")
    (folder,) = outputs.glob("moga-laptop-s0-*")
    first = _id(folder)
    said = _end(_start(outputs, table, *MOGA))
    assert _id(folder) == first
    return folder, said


def _id(folder: Path) -> str:
    return str(json.loads((folder / "logs" / "wandb.json").read_text())["id"])


@pytest.fixture(scope="module")
def found(moga: tuple[Path, str]) -> Record:
    return from_wandb(moga[0])


def _file(folder: Path) -> Path:
    (file,) = folder.glob("wandb/offline-run-*/*.wandb")
    return file


@pytest.mark.slow
def test_a_killed_run_that_goes_on_is_one_run(moga: tuple[Path, str], found: Record) -> None:
    folder, said = moga
    assert ids(_file(folder)) == {_id(folder)}
    assert f"wandb sync {_file(folder).parent}" in said
    assert [row["_step"] for row in rows(_file(folder))] == list(range(len(rows(_file(folder)))))
    for name, series in found.scalars.items():
        steps = [step for step, _ in series]
        assert steps == sorted(set(steps)), name


@pytest.mark.slow
def test_the_record_is_that_of_the_csv_files(moga: tuple[Path, str], found: Record) -> None:
    expected = from_csv(moga[0])
    assert found.scalars == {
        name: [(step, pytest.approx(one)) for step, one in rows] for name, rows in expected.scalars.items()
    }
    assert found.values == pytest.approx(expected.values)
    assert (found.tables, found.files, found.artifacts) == (expected.tables, expected.files, expected.artifacts)


def _recorded(found: Record) -> set[tuple[str, str]]:
    """The names that were recorded, each with its kind."""
    files = {(name, "page" if name == "report/page" else "picture") for name in found.files}
    kinds = {"series": found.scalars, "once": found.values, "table": found.tables}
    return files | {(name, kind) for kind, names in kinds.items() for name in names}


@pytest.mark.slow
def test_every_name_is_documented_and_every_documented_name_is_there(found: Record) -> None:
    names, _ = documented()
    assert len(names) > 40
    recorded = _recorded(found)
    for name, kind in recorded:
        assert next((one.kind for one in names if one.fits(name)), "undocumented") == kind, name
    for one in names:
        if not one.condition or one.condition == "from a search":
            assert any(one.fits(name) for name, _ in recorded), one.name


@pytest.mark.slow
def test_each_series_has_a_step_metric_of_its_own(moga: tuple[Path, str], found: Record) -> None:
    series = ("supernet", "search", "retrain/moga-1", "retrain/moga-2")
    assert step_metrics(_file(moga[0])) == {f"{name}/*": f"{name}/step" for name in series}
    assert [step for step, _ in found.scalars["search/evaluations"]] == [
        int(count) for _, count in found.scalars["search/evaluations"]
    ]


@pytest.mark.slow
def test_the_figures_and_the_table_are_those_of_the_stages(moga: tuple[Path, str], found: Record) -> None:
    folder, _ = moga
    told: tuple[Evaluation, ...] = read_record(folder / "search" / "told.json", tuple[Evaluation, ...])
    front: tuple[Evaluation, ...] = read_record(folder / "search" / "front.json", tuple[Evaluation, ...])
    header, *cells = found.tables["search/architectures"]
    assert header == ["architecture", "top1", "latency_ms", "params", "macs", "on_front", "failure"]
    for cell, one in zip(cells, told, strict=True):
        figures = (one.accuracy, one.latency_ms, one.params, one.macs, one in front)
        assert cell == [",".join(map(str, one.architecture)), *map(str, figures), ""]
    assert found.scalars["search/best_top1"][-1][1] == max(one.accuracy for one in told)
    for name in ("moga-1", "moga-2"):
        result = json.loads((folder / "retrain" / name / "result.json").read_text())
        assert found.values[f"retrain/{name}/test_top1"] == result["test_accuracy"]


@pytest.mark.slow
def test_artifacts_have_their_files_and_lead_from_stage_to_stage(moga: tuple[Path, str], found: Record) -> None:
    folder, _ = moga
    _, kinds = documented()
    logged = artifacts(_file(folder))
    made = [one for one in logged if not one.use_after_commit]
    assert len({one.name for one in made}) == len(made) == 6
    for one in logged:  # the same name has the same content, and so the same version
        assert len({other.digest for other in logged if other.name == one.name}) == 1
        (row,) = (kind for kind in kinds if kind.fits(one.name) and kind.kind == one.type)
        if "retrain" not in row.condition:
            mark = json.loads((folder / row.condition / "artifact.json").read_text())
            assert {file.path for file in one.manifest.contents} == set(mark["files"])
    of = {name.rpartition("-")[0]: name for name in found.artifacts}
    inputs = {short: set(found.artifacts[name]) for short, name in of.items()}
    assert inputs["profile"] == inputs["supernet"] == set()
    assert inputs["search"] == {of["profile"], of["supernet"]}
    assert inputs["moga-1"] == inputs["moga-2"] == {of["search"]}
    assert inputs["report"] == set(of.values()) - {of["report"]}
    used = {one.name for one in logged if one.use_after_commit}
    assert used == set().union(*inputs.values())


@pytest.mark.slow
def test_a_complete_run_is_recorded_elsewhere_without_new_work(moga: tuple[Path, str], found: Record) -> None:
    folder, _ = moga
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/artifact.json")}
    said = _end(_start(folder.parent, folder.parent / "table.csv", *MOGA))
    assert "wandb sync" not in said  # there is nothing new
    (folder / "logs" / "wandb.json").unlink()
    said = _end(_start(folder.parent, folder.parent / "table.csv", *MOGA))
    assert "wandb sync" in said
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*/artifact.json")} == before
    assert from_wandb(folder) == found


@pytest.mark.slow
def test_the_probabilities_of_all_candidates_are_recorded_after_each_epoch(tmp_path: Path) -> None:
    _end(_start(tmp_path, _table(tmp_path / "table.csv", *FBNET), *FBNET))
    (folder,) = tmp_path.glob("fbnet-laptop-s0-*")
    found = from_wandb(folder)
    learned = json.loads((folder / "supernet" / "learned.json").read_text())["probabilities"]
    names, _ = documented()
    assert learned
    for block, shares in enumerate(learned):
        own = [
            [name for name in found.scalars if name.startswith(f"supernet/probability/{block:02}/{option}-")]
            for option in range(len(shares))
        ]
        series = [found.scalars[name] for (name,) in own]
        assert [len(one) for one in series] == [3] * len(shares)
        assert [sum(one[epoch][1] for one in series) for epoch in range(3)] == pytest.approx([1.0] * 3)
        assert [one[-1][1] for one in series] == pytest.approx(shares)
    for name, kind in _recorded(found):
        assert next((one.kind for one in names if one.fits(name)), "undocumented") == kind, name
    recorded = {one.name for one in names for name in found.scalars if one.fits(name)}
    assert recorded >= {one.name for one in names if one.condition == "the method learns" and one.kind == "series"}
