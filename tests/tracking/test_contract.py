"""Every logger records the same, and a run that was stopped and goes on is one record."""

import logging
import os
import pickle
import signal
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from mobilenas import tracking as package
from mobilenas.settings import Reader
from mobilenas.tracking import Log, Made, MlflowLog, Rows, Tracker, Tracking, WandbLog
from mobilenas.tracking.series import reason_of
from tests.tracking.read_back import READERS, Record

pytestmark = pytest.mark.filterwarnings("ignore:.*``noload`` loader strategy")  # SQLAlchemy 2.1 of MLflow 3.17

CONF = Path(__file__).parents[2] / "conf" / "logger"
LOGS = sorted(CONF.glob("*.yaml"))
TABLE = Rows(("architecture", "top1", "on_front", "failure"), (("0,1", 0.5, True, None), ("1,1", 0.25, False, "lost")))
VALUES = {"supernet/search_top1": 0.5, "profile/relative_rmse": 0.25}


@pytest.fixture(params=LOGS, ids=lambda file: file.stem)
def log(request: pytest.FixtureRequest) -> Log:
    values = yaml.safe_load(request.param.read_text())
    made = Reader(_resolve).read(_resolve(values["_target_"]), values, "logger")
    assert isinstance(made, Log) and made.name == request.param.stem
    return made


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A run's folder, without any settings of the user's, and without the network."""
    for name in ("WANDB_API_KEY", "WANDB_ENTITY", "WANDB_MODE", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    folder = tmp_path / "outputs" / "moga-s0"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("seed: 3\nrecipe: {lr: 1e-3, ema_decay: null}\n")
    (folder / "table.csv").write_text("layer,latency_ms\n")
    (folder / "page.html").write_text("<p>The page</p>")
    Image.new("RGB", (4, 3), "red").save(folder / "front.png")
    yield folder
    _flush()


def _resolve(target: str) -> type:
    kind = getattr(package, target.removeprefix("mobilenas.tracking."))
    assert isinstance(kind, type)
    return kind


def _flush() -> None:
    """Ends W&B's own process, after it has written everything."""
    import wandb

    wandb.teardown()


def _train(tracking: Tracking, folder: Path, first: int, last: int) -> None:
    series = tracking.series(folder, "the fit")
    for step in range(first, last):
        series.add(step, {"train_loss": 1 / (1 + step), "probability/00/1-E3-K3": step / 8})


def _end(tracking: Tracking, folder: Path) -> None:
    table = Made("profile-0123", "latency_table", {"table.csv": folder / "table.csv"})
    supernet = Made("supernet-4567", "supernet", {"a/config.yaml": folder / "config.yaml"}, (table.name,))

    def call(place: Tracker) -> None:
        place.values(VALUES)
        place.table("search/evaluations", TABLE)
        place.file("report/front", folder / "front.png")
        place.file("report/page", folder / "page.html")
        place.artifact(table, ())
        place.artifact(supernet, (table,))

    tracking.record("report", "made", call)
    assert not tracking.is_closed  # a process that is killed here leaves the record open
    tracking.close(complete=True)
    assert tracking.is_closed
    _flush()


def _is_whole(found: Record, steps: int) -> None:
    assert found.scalars.keys() == {
        f"{series}/{name}"
        for series in ("supernet", "retrain/moga-1")
        for name in ("train_loss", "probability/00/1-E3-K3")
    }
    for name, rows in found.scalars.items():
        expected = [(step, 1 / (1 + step) if name.endswith("loss") else step / 8) for step in range(1, steps)]
        assert rows == [(step, pytest.approx(value)) for step, value in expected]
    assert found.values == pytest.approx(VALUES)
    header, *cells = [list(TABLE.columns), ["0,1", "0.5", "True", ""], ["1,1", "0.25", "False", "lost"]]
    assert found.tables == {"search/evaluations": [header, *cells]}
    assert found.files == {"report/front", "report/page"}
    assert found.artifacts == {"profile-0123": [], "supernet-4567": ["profile-0123"]}


def test_there_is_a_reader_for_every_logger() -> None:
    assert {file.stem for file in LOGS} == set(READERS)


def test_the_own_reader_of_each_tool_finds_everything(log: Log, run: Path) -> None:
    log.check()
    tracking = Tracking(log, run)
    _train(tracking, run / "supernet", 1, 7)
    _train(tracking, run / "retrain" / "moga-1", 1, 7)
    _end(tracking, run)
    _is_whole(READERS[log.name](run), 7)


@pytest.mark.parametrize(("end", "first"), [("killed", 1), ("killed", 3), ("killed", 5), ("stopped", 3)])
def test_a_run_that_goes_on_is_one_record_with_every_step_once(log: Log, run: Path, end: str, first: int) -> None:
    """The supernet's training goes on from a checkpoint, which is older than the last steps that were recorded."""
    process = get_context("fork").Process(target=_begin, args=(log, run, end))
    process.start()
    process.join()
    assert process.exitcode == (-signal.SIGKILL if end == "killed" else 0)
    again = Tracking(log, run)
    again.series(run / "retrain" / "moga-1", "a complete training").end()
    _train(again, run / "supernet", first, 7)
    _end(again, run)
    _is_whole(READERS[log.name](run), 7)


def _begin(log: Log, run: Path, end: str) -> None:
    tracking = Tracking(log, run)
    _train(tracking, run / "retrain" / "moga-1", 1, 7)
    _train(tracking, run / "supernet", 1, 5)
    if end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    tracking.close(complete=False)
    _flush()


def test_what_is_recorded_is_not_recorded_again(log: Log, run: Path) -> None:
    _end(Tracking(log, run), run)
    again = Tracking(log, run)
    assert again.has("report", "made")
    assert not again.has("report", "made from other settings")
    assert not again.has("search", "made")
    again.forget()
    assert not Tracking(log, run).has("report", "made")


class Full(Log):
    """A place that fails at some call."""

    name, title = "full", "The full place"

    def __init__(self, fails: str) -> None:
        self.fails, self.calls = fails, list[str]()

    def open(self, folder: Path, kept: str) -> Tracker:
        self.call("open")
        return _FullTracker(self)

    def call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails:
            raise OSError(28, "No space left on device")


class _FullTracker(Tracker):
    def __init__(self, log: Full) -> None:
        self._log = log

    def scalars(self, series: str, step: int, values: Any) -> None:
        self._log.call("scalars")

    def values(self, values: Any) -> None:
        self._log.call("values")

    def table(self, name: str, table: Rows) -> None:
        self._log.call("table")

    def file(self, name: str, path: Path) -> None:
        self._log.call("file")

    def artifact(self, made: Any, inputs: Any) -> None:
        self._log.call("artifact")

    def close(self, complete: bool) -> None:
        self._log.call("close")


CALLS = ["open", "scalars", "scalars", "values", "table", "file", "file", "artifact", "artifact", "close"]


@pytest.mark.parametrize("fails", list(dict.fromkeys(CALLS)))
def test_a_place_that_fails_is_left_out_after_one_sentence(
    fails: str, run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = Full(fails)
    tracking = Tracking(full, run)
    with caplog.at_level(logging.WARNING, "mobilenas"):
        _train(tracking, run / "supernet", 1, 3)
        _train(tracking, run / "retrain" / "moga-1", 1, 7)
        _end(tracking, run)
    assert full.calls[-1] == fails and full.calls.count(fails) == 1
    (said,) = caplog.messages
    assert said.startswith("The full place: ") and "No space left" in said and "the run goes on" in said
    found = READERS["csv"](run)
    assert [step for step, _ in found.scalars["supernet/train_loss"]] == [1, 2]
    assert found.values == VALUES
    assert not Tracking(full, run).has("report", "made")  # the next command tries again


def _as_in_a_process_that_trains(tracking: Tracking, folder: Path) -> None:
    _train(tracking, folder, 1, 7)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_that_train_for_a_run_record_nothing_themselves(start: str, run: Path) -> None:
    """They write the CSV file of their training, from which the run's own process records it afterwards."""
    full = Full("")
    tracking = Tracking(full, run)
    tracking.record("profile", "made", lambda place: place.values({}))
    if start == "spawn":
        _as_in_a_process_that_trains(pickle.loads(pickle.dumps(tracking)), run / "supernet")
    else:
        process = get_context(start).Process(target=_as_in_a_process_that_trains, args=(tracking, run / "supernet"))
        process.start()
        process.join()
        assert process.exitcode == 0
    assert full.calls == ["open", "values"]
    tracking.series(run / "supernet", "the fit").end()
    assert full.calls == ["open", "values"] + 6 * ["scalars"]


def test_wandb_has_the_settings_of_the_run(run: Path) -> None:
    from tests.tracking.wandb_file import config

    Tracking(WandbLog(project="ours"), run).record("profile", "made", lambda place: None)
    _flush()
    (file,) = run.glob("wandb/offline-run-*/*.wandb")
    found = config(file)
    assert {name: found[name] for name in ("seed", "recipe")} == {"seed": 3, "recipe": {"lr": 0.001, "ema_decay": None}}


def test_the_reason_of_a_database_is_told_without_its_hints() -> None:
    error = RuntimeError(
        "(raised as a result of autoflush)\n(sqlite3.OperationalError) a readonly database\n[SQL: ...]"
    )
    assert reason_of(error) == "(sqlite3.OperationalError) a readonly database"
    assert reason_of(OSError()) == "OSError"


def test_a_server_of_mlflow_that_is_not_there_is_told_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(
        ValueError, match=r"^MLflow cannot be reached at http://127.0.0.1:9 \(.*\): correct logger.uri"
    ) as error:
        MlflowLog(uri="http://127.0.0.1:9").check()
    assert "\n" not in str(error.value)
