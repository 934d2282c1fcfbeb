"""A training that was stopped and goes on is one log, and a log is no reason to end a training."""

import logging
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mobilenas.data import Augment, Digits, ImageData
from mobilenas.search_space import MoGA
from mobilenas.tracking import CsvLog
from mobilenas.tracking.history import History
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from tests.training.power import Power
from tests.training.with_callbacks import WithCallbacks

NETWORK = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e6_k3")).space(10, 8).network((0, 1))
RECIPE = Recipe(3, 128, 0.05)
STEPS = 3 * 8  # 1797 digits, of which 1035 are trained on


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(padding=1), search_images=0.2, test_share=0.2, split_seed=0).load()


def _fit(data: ImageData, folder: Path, minutes: float, *stops: int) -> None:
    """Trains to the end, stopped after each of these numbers of steps."""
    for stop in (*stops, None):
        training = Training(
            WithCallbacks(others=(Power(stop, KeyboardInterrupt),) if stop else ()), CsvLog(), 1, minutes
        )
        batches = data.train_loader(RECIPE.batch_size, 1)
        if stop:
            with pytest.raises(KeyboardInterrupt):
                training.fit(lambda: Retrain(NETWORK, RECIPE), batches, RECIPE, folder, "the fit")
        else:
            training.fit(lambda: Retrain(NETWORK, RECIPE), batches, RECIPE, folder, "the fit")


def test_a_stopped_training_leaves_ctrl_c_as_it_was(data: ImageData, tmp_path: Path) -> None:
    _fit(data, tmp_path, 60.0, 3)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


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
    _fit(data, folder, 60.0)
    return History(folder / "logs" / "metrics.csv").go_on(None)


def test_an_undisturbed_training_logs_each_tenth_step(undisturbed: list[Any]) -> None:
    assert [step for step, _ in undisturbed] == [9, 19]
    assert undisturbed[0][1].keys() == {"train_loss", "train_top1", "train_top5", "epoch"}


@pytest.mark.parametrize(("minutes", "stops"), STOPS)
def test_the_file_of_a_training_that_goes_on_is_that_of_an_undisturbed_one(
    data: ImageData, undisturbed: list[Any], minutes: float, stops: tuple[int, ...], tmp_path: Path
) -> None:
    _fit(data, tmp_path, minutes, *stops)
    assert History(tmp_path / "logs" / "metrics.csv").go_on(None) == undisturbed
    assert [one.name for one in (tmp_path / "logs").iterdir()] == ["metrics.csv"]


def test_a_disk_that_takes_no_file_does_not_end_a_training(
    data: ImageData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING, "mobilenas"):
        _fit(data, tmp_path, 60.0)
    assert len(caplog.messages) == 1 and "the training goes on" in caplog.messages[0]
