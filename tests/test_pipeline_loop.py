"""The loop over the stages, with stages that write a word."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from mobilenas.data import Augment, Digits
from mobilenas.pipeline import Plan, run
from mobilenas.pipeline.loop import MARK
from mobilenas.search_space import MoGA
from mobilenas.stages import Facts, Run, Stage
from mobilenas.tracking import CsvLog
from mobilenas.training import Trainer, Training


@dataclass(frozen=True)
class First(Stage):
    """Writes a word, and adds a line to the run's own notes each time that it does."""

    name: ClassVar[str] = "first"
    word: str = "a word"
    reason: str = ""
    shared: bool = True

    @property
    def depends_on(self) -> Mapping[str, object]:
        return {"word": self.word}

    @property
    def unneeded(self) -> str:
        return self.reason

    @property
    def is_shared(self) -> bool:
        return self.shared

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        (folder / "word").write_text(self.word)
        with (self.run.folder / "made").open("a") as file:
            file.write(f"{self.name}\n")
        return {"length": float(len(self.word))}


@dataclass(frozen=True)
class Second(First):
    """Reads what the first one has written."""

    name: ClassVar[str] = "second"
    word: str = "another word"

    @property
    def reads(self) -> tuple[str, ...]:
        return ("first",)


@pytest.fixture(scope="module")
def common() -> Run:
    data = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
    space = MoGA(0.25, stages=1, blocks=1, hidden=0.0625).space(10, 8)
    return Run(Path(), space, data, Training(Trainer(), CsvLog(), 0, 10.0))


@pytest.fixture
def plan(common: Run, tmp_path: Path) -> Plan:
    own = replace(common, folder=tmp_path / "toy-laptop-s0-22222222")
    return Plan(own, (First(own), Second(own)), ("first", "second"), "seed: 0\n")


@pytest.fixture(autouse=True)
def all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mobilenas")


def made(of: Plan) -> list[str]:
    return (of.run.folder / "made").read_text().split()


def with_first(of: Plan, **changes: object) -> Plan:
    return replace(of, stages=(First(of.run, **changes), *of.stages[1:]))  # type: ignore[arg-type]


def in_folder(of: Plan, name: str) -> Plan:
    own = replace(of.run, folder=of.run.folder.with_name(name))
    return replace(of, run=own, stages=tuple(replace(one, run=own) for one in of.stages))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]


def test_each_stage_is_made_once_and_says_what_it_found(plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        run(plan)
    assert made(plan) == ["first", "second"]
    assert "second: length 12" in caplog.messages
    assert f"second: complete in {plan.run.folder / 'second'}" in caplog.messages


def test_the_folder_holds_the_settings_under_the_mark_of_its_format(plan: Plan) -> None:
    run(plan)
    assert (plan.run.folder / "config.yaml").read_text() == "# mobilenas run, format 3\nseed: 0\n"


def test_a_stage_is_made_again_when_what_it_reads_has_changed(plan: Plan) -> None:
    run(plan)
    run(with_first(plan, word="a changed word"))
    assert made(plan) == ["first", "second"] * 2


def test_fresh_begins_the_wanted_stages_from_scratch_and_no_others(plan: Plan) -> None:
    run(plan)
    run(replace(plan, asked=("second",)), fresh=True)
    assert made(plan) == ["first", "second", "second"]


def test_a_stage_that_is_not_needed_is_skipped_with_a_word(plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    run(replace(with_first(plan, reason="weights are given"), asked=("first",)))
    assert caplog.messages == ["first: not needed, because weights are given"]
    assert not (plan.run.folder / "first").exists()


def test_what_reads_a_stage_that_was_skipped_is_refused(plan: Plan) -> None:
    with pytest.raises(ValueError, match=r"Stage second needs first, which is not complete in .*: add it to stages"):
        run(with_first(plan, reason="weights are given"))


@pytest.mark.parametrize("shared", [True, False])
def test_another_run_s_artifact_is_taken_where_it_can_be_shared(
    shared: bool, plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    run(plan)
    other = in_folder(with_first(plan, shared=shared), "other-laptop-s0-33333333")
    run(replace(other, asked=("first",)))
    taken = f"first: taken from {plan.run.folder}, which has the same settings"
    assert (taken in caplog.messages) == shared
    assert (other.run.folder / "made").exists() != shared
    assert (other.run.folder / "first" / "word").read_text() == "a word"


def older(plan: Plan) -> Path:
    """A folder of the same run as an older version has named and left it."""
    folder = plan.run.folder.with_name("toy-laptop-s0-11111111")
    (folder / "first").mkdir(parents=True)
    (folder / "config.yaml").write_text("seed: 0\n")
    (folder / "first" / "artifact.json").write_text("{}")
    return folder


def content(folder: Path) -> dict[Path, tuple[int, str]]:
    return {path: (path.stat().st_mtime_ns, path.read_text()) for path in folder.rglob("*") if path.is_file()}


def test_a_folder_of_an_older_version_is_named_once_and_stays_as_it_is(
    plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    folder = older(plan)
    before = content(folder)
    run(plan)
    (warning,) = warnings(caplog)
    assert warning.startswith(f"{folder} was made by another version of mobilenas")
    assert warning.endswith(f"it is left unchanged, and this run begins in {plan.run.folder}.")
    assert content(folder) == before
    assert made(plan) == ["first", "second"]


def test_a_run_that_goes_on_does_not_name_the_older_one_again(plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    older(plan)
    run(plan)
    caplog.clear()
    run(plan)
    assert warnings(caplog) == []


def test_folders_of_this_version_and_of_other_runs_are_not_named(plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    (older(plan) / "config.yaml").write_text(f"{MARK}seed: 0\n")
    other = plan.run.folder.with_name("toy-laptop-s1-11111111")
    other.mkdir()
    (other / "config.yaml").write_text("seed: 1\n")
    run(plan)
    assert warnings(caplog) == []


@dataclass(frozen=True)
class Last(First):
    """Reads what the others have left, as a report does."""

    name: ClassVar[str] = "last"

    @property
    def reads_if_made(self) -> tuple[str, ...]:
        return "first", "second"

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        return {"made": " ".join(sorted(made))}


def test_what_was_made_from_other_results_is_left_out_and_named(plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    whole = replace(plan, stages=(*plan.stages, Last(plan.run)), asked=("first", "second", "last"))
    run(whole)
    assert "last: made first second" in caplog.messages
    caplog.clear()
    changed = with_first(replace(whole, asked=("first", "last")), word="a changed word")
    run(changed)
    assert "last: made first" in caplog.messages
    assert [one.split(",")[0] for one in warnings(caplog)] == [f"last: leaves out {plan.run.folder / 'second'}"]
    assert (plan.run.folder / "second" / "word").read_text() == "another word"
