"""A run's result is a function of the records that its stages have left, whatever a later command sets."""

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from mobilenas.pipeline import Plan, run
from mobilenas.report import Records, ReportStage, RunResult, gather
from mobilenas.report.gathering import image_format
from mobilenas.report.page import CHOSEN, lead
from tests.stages.phones import planned

MADE = ("profile", "search")
LATER = (
    "objective.target_ms=9",
    "objective.alpha=-1",
    "scale.trials=5",
    "recipe.epochs=77",
    "evaluator.epochs=5",
    "evaluator.batch_size=7",
    "retry_failures=true",
    "trainer.precision=bf16-mixed",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A search for a reward, which is complete."""
    folder = tmp_path_factory.mktemp("made")
    made = planned(folder / "run", folder / "notes", "objective.target_ms=0.25")
    run(made)
    return made


@pytest.fixture(scope="module")
def later(made: Plan) -> Plan:
    """A command with other settings, in the folder of the complete run."""
    folder = made.run.folder.parent
    return moved(planned(folder, folder / "notes", *LATER), made.run.folder)


def moved(of: Plan, folder: Path) -> Plan:
    """With the records of another folder."""
    return replace(of, run=replace(of.run, folder=folder))


def stage(of: Plan) -> ReportStage:
    """The plan's report stage, whose page states neither the name of the run nor its settings."""
    found = of.stages[-1]
    assert isinstance(found, ReportStage)
    return replace(found, run=of.run, experiment="", settings="seed: 0\n")


def gathered(of: Plan, settings: str = "seed: 0\n", made: Collection[str] = MADE) -> RunResult:
    records, images = Records(of.run.folder, made), image_format(of.run.data, 1.0)
    return gather(of.run, records, stage(of).choice, records.table, images, "mnasnet on digits", settings)


def test_what_a_later_command_sets_changes_nothing(made: Plan, later: Plan) -> None:
    assert gathered(later) == gathered(made)


def test_the_target_and_the_words_are_those_that_the_search_was_run_with(later: Plan) -> None:
    found = gathered(later)
    assert found.target_ms == 0.25
    assert found.chosen_by == "reward"
    assert found.facts["search"] == "RandomSearch: samples 6, batch 3"
    assert found.facts["evaluator"].startswith("each network trained by itself: 2 epochs, batch size 32")
    assert found.facts["stages"] == "profile, search"
    assert (len(found.evaluations), len(found.networks)) == (6, 3)


def test_the_page_tells_how_the_networks_were_chosen(made: Plan) -> None:
    highest = gathered(made)
    assert lead(highest).startswith("This page shows the 3 networks with the highest reward.")
    for chosen_by, words in CHOSEN.items():
        assert lead(replace(highest, chosen_by=chosen_by)).startswith(words.partition("{count}")[0])
    first = made.run.space.network(highest.evaluations[0].architecture)
    named = replace(made, run=replace(made.run, architecture=highest.evaluations[0].architecture))
    found = gathered(named)
    assert [one.spec.ops for one in found.networks] == [first.ops]
    assert lead(found).startswith("This page shows 1 network, which the command has named.")


def test_the_files_are_the_same_too(made: Plan, later: Plan, tmp_path: Path) -> None:
    for name, one in (("made", made), ("later", later)):
        (tmp_path / name).mkdir()
        stage(one).make(tmp_path / name, MADE)
    files = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "later").iterdir()} == files
    assert "0.250 ms" in files["index.html"].decode()


def test_the_settings_are_shown_and_never_read(made: Plan, tmp_path: Path) -> None:
    nonsense = "objective: {target_ms: [\nno: YAML: at all"
    assert gathered(made, nonsense) == replace(gathered(made), settings=nonsense)
    replace(stage(made), settings=nonsense).make(tmp_path, MADE)
    assert f"<pre>{nonsense}</pre>" in (tmp_path / "index.html").read_text()


EVALUATION = {"architecture": [0], "accuracy": 0.5, "latency_ms": 1.0, "macs": 1, "params": 1}


@pytest.mark.parametrize(
    ("search_ms", "supernet_ms", "expected_ms"), [(0.25, 0.5, 0.25), (None, 0.5, 0.5), (None, None, None)]
)
def test_the_target_is_the_search_s_or_else_that_of_the_supernet_s_method(
    search_ms: float | None, supernet_ms: float | None, expected_ms: float | None, tmp_path: Path
) -> None:
    contents = {
        "supernet/record.json": {"made_by": "Gumbel", "target_ms": supernet_ms},
        "supernet/learned.json": {"history": [{"expected_latency_ms": 2.0, "derived_latency_ms": 1.0}]},
        "supernet/random_architectures.json": [0.5],
        "search/record.json": {"made_by": "Sampled", "scored_by": "", "target_ms": search_ms, "by_reward": False},
        "search/told.json": [EVALUATION],
        "search/front.json": [EVALUATION],
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    assert Records(tmp_path, ()).target_ms is None
    records = Records(tmp_path, ("supernet", "search"))
    assert records.target_ms == expected_ms
    assert records.supernet
    assert records.supernet.history == ((2.0, 1.0),)


def test_a_stage_that_is_not_complete_is_as_if_it_were_not_there(made: Plan, tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "front.json").write_text("[]")
    found = gathered(moved(made, tmp_path), made=())
    assert (found.networks, found.evaluations, found.target_ms) == ((), (), None)
    assert set(found.facts) == {"data", "versions"}


def test_the_rounds_of_a_search_count_the_evaluations_that_did_not_fail(made: Plan, tmp_path: Path) -> None:
    """The record of an older version has no rounds."""
    failed = EVALUATION | {"failure": "it diverged", "accuracy": 0.0}
    facts = {"made_by": "NSGA2", "scored_by": "", "target_ms": None, "by_reward": False}
    (tmp_path / "search").mkdir()
    for name, content in {
        "told": [failed, EVALUATION, failed, EVALUATION],
        "front": [EVALUATION],
        "record": facts,
    }.items():
        (tmp_path / "search" / f"{name}.json").write_text(json.dumps(content))
    assert Records(tmp_path, ("search",)).rounds == ()
    (tmp_path / "search" / "record.json").write_text(json.dumps(facts | {"rounds": [1, 3, 4]}))
    assert Records(tmp_path, ("search",)).rounds == (0, 1, 2)
    assert made.run.folder.joinpath("search", "record.json").read_text().count("rounds") == 1
