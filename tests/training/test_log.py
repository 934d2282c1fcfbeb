"""A training that was stopped and goes on is one log, and a log is no reason to end a training."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mobilenas.data import Augment, Digits, ImageData
from mobilenas.search_space import MoGA
from mobilenas.training import CsvLog, Log, WandbLog
from mobilenas.training.fit import Training
from mobilenas.training.history import History
from mobilenas.training.metrics_log import Destination, MetricsLog
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from tests.training.power import Power
from tests.training.wandb_file import config, rows
from tests.training.with_callbacks import WithCallbacks

NETWORK = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e6_k3")).space(10, 8).network((0, 1))
RECIPE = Recipe(3, 128, 0.05)
STEPS = 3 * 8  # 1797 digits, of which 1035 are trained on


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(padding=1), search_images=0.2, test_share=0.2, split_seed=0).load()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("WANDB_SILENT", "true")
    folder = tmp_path / "moga-s0"
    folder.mkdir()
    (folder / "config.yaml").write_text("seed: 3\nrecipe: {lr: 1e-3, ema_decay: null}\n")
    return folder


def _fit(data: ImageData, folder: Path, log: Log, minutes: float, *stops: int) -> None:
    """Trains to the end, stopped after each of these numbers of steps."""
    for stop in (*stops, None):
        training = Training(WithCallbacks(others=(Power(stop, KeyboardInterrupt),) if stop else ()), log, 1, minutes)
        batches = data.train_loader(RECIPE.batch_size, 1)
        if stop:
            with pytest.raises(KeyboardInterrupt):
                training.fit(lambda: Retrain(NETWORK, RECIPE), batches, RECIPE, folder, "the fit")
        else:
            training.fit(lambda: Retrain(NETWORK, RECIPE), batches, RECIPE, folder, "the fit")


STOPS: Sequence[tuple[float, tuple[int, ...]]] = [
    (60.0, (13,)),  # the steps since the last epoch are made again, and one of them is logged again
    (1e-9, (13,)),  # goes on from the step
    (60.0, (5,)),  # begins from scratch
    (60.0, (15, 7, 2)),
    (1e-9, (10, 9)),  # just after a step that is logged
]


@pytest.fixture(scope="module")
def undisturbed(data: ImageData, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    _fit(data, folder, CsvLog(), 60.0)
    return History(folder / "logs" / "metrics.csv").go_on(None)


def test_an_undisturbed_training_logs_each_tenth_step(undisturbed: list[Any]) -> None:
    assert [step for step, _ in undisturbed] == [9, 19]
    assert undisturbed[0][1].keys() == {"train_loss", "train_top1", "train_top5", "epoch"}


@pytest.mark.parametrize(("minutes", "stops"), STOPS)
def test_the_file_of_a_training_that_goes_on_is_that_of_an_undisturbed_one(
    data: ImageData, undisturbed: list[Any], minutes: float, stops: tuple[int, ...], tmp_path: Path
) -> None:
    _fit(data, tmp_path, CsvLog(), minutes, *stops)
    assert History(tmp_path / "logs" / "metrics.csv").go_on(None) == undisturbed
    assert [one.name for one in (tmp_path / "logs").iterdir()] == ["metrics.csv"]


@pytest.mark.parametrize(("minutes", "stops"), [((60.0), ()), *STOPS])
def test_a_wandb_run_that_goes_on_offline_is_one_run_with_every_step_once(
    data: ImageData, undisturbed: list[Any], minutes: float, stops: tuple[int, ...], run: Path
) -> None:
    _fit(data, run / "supernet", WandbLog(), minutes, *stops)
    (file,) = _flushed(run / "supernet")
    assert file.name == "run-moga-s0-the-fit.wandb"
    logged = [
        (row["trainer/global_step"], {name: row[name] for name in ("train_loss", "train_top1", "train_top5", "epoch")})
        for row in rows(file)
    ]
    assert logged == undisturbed
    assert [row["_step"] for row in rows(file)] == [9, 19]


def test_what_was_killed_before_the_older_folder_was_removed_is_whole_again(run: Path) -> None:
    """A kill while the rows are written again leaves two folders, of which the new one may have any part."""
    log, place = WandbLog(), run / "supernet" / "wandb"
    logger = log.open(run / "supernet", "the fit")
    for step in (9, 19):
        logger.log_metrics({"loss": 0.5}, step)
    logger.finalize("failed")
    (folder,) = place.glob("offline-run-*-fit")
    for name in ("offline-run-19700101_000000-moga-s0-the-fit", "kept"):
        shutil.copytree(folder, place / name)
    logger = log.open(run / "supernet", "the fit")
    logger.log_metrics({"loss": 0.25}, 29)
    logger.finalize("success")
    (file,) = _flushed(run / "supernet")
    assert [(row["_step"], row["loss"]) for row in rows(file)] == [(9, 0.5), (19, 0.5), (29, 0.25)]
    assert (place / "kept").exists()


def test_wandb_has_the_settings_of_the_run_and_the_name_of_the_training(run: Path) -> None:
    logger = WandbLog(project="ours").open(run / "supernet", "the fit")
    logger.finalize("success")  # even if no metric was logged
    (file,) = _flushed(run / "supernet")
    found = config(file)
    assert {name: found[name] for name in ("seed", "recipe", "training")} == {
        "seed": 3,
        "recipe": {"lr": 0.001, "ema_decay": None},
        "training": "the fit",
    }


def _flushed(folder: Path) -> list[Path]:
    """The files of the runs, after W&B's own process has written all of them."""
    import wandb

    wandb.teardown()
    return list(folder.glob("wandb/offline-run-*/*.wandb"))


class Full(Destination):
    """A place that fails at some call."""

    def __init__(self, fails: str) -> None:
        self.fails, self.calls = fails, list[str]()

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails:
            raise OSError(28, "No space left on device")

    def begin(self, rows: Sequence[Any]) -> None:
        self._call("begin")

    def add(self, step: int, metrics: Any) -> None:
        self._call("add")

    def end(self, complete: bool) -> None:
        self._call("end")


@pytest.mark.parametrize(
    ("fails", "calls"), [("begin", ["begin"]), ("add", ["begin", "add"]), ("end", ["begin", "add", "add", "end"])]
)
def test_a_place_that_fails_is_left_out_after_one_sentence(
    fails: str, calls: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = Full(fails)
    logger = MetricsLog(tmp_path, "the fit", place)
    with caplog.at_level(logging.WARNING, "mobilenas"):
        logger.log_metrics({"loss": 0.5}, 9)
        logger.log_metrics({"loss": 0.25}, 19)
        logger.finalize("success")
    assert place.calls == calls
    (said,) = caplog.messages
    assert said.startswith("the fit: its metrics cannot be logged any more (") and "No space left" in said
    assert [step for step, _ in History(tmp_path / "logs" / "metrics.csv").go_on(None)] == [9, 19]


def test_a_disk_that_takes_no_file_does_not_end_a_training(
    data: ImageData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING, "mobilenas"):
        _fit(data, tmp_path, CsvLog(), 60.0)
    assert len(caplog.messages) == 1 and "the training goes on" in caplog.messages[0]
