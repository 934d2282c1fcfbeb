"""Training on two of Ray's workers against two processes of Lightning's own, and against an undisturbed training."""

import csv
import logging
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mobilenas.cluster import Cluster, one_connection
from mobilenas.data import Augment, Digits, ImageData
from mobilenas.network import NetworkSpec
from mobilenas.stopped import Terminated, raise_at_sigterm
from mobilenas.tracking import CsvLog
from mobilenas.training import RayTrainer, Recipe, Retrain, Trainer, Training
from mobilenas.training.fault import DivergedError
from tests.executor.trials import gone
from tests.training import test_training as methods
from tests.training import test_training_ddp as ddp
from tests.training import tiny
from tests.training.disturbed import Disturbance, Disturbed

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow

RAY = RayTrainer(workers=2, retries=1)
DDP = Trainer(accelerator="cpu", devices=2, strategy="ddp_spawn_find_unused_parameters_true")
RECIPE = Recipe(3, 128, 0.05, ema_decay=0.5)  # of 8 steps an epoch
WITHOUT_DROPOUT = ddp.SPACE.network((0, 1))

State = Mapping[str, Tensor]
Undisturbed = tuple[State, list[dict[str, float]]]


@pytest.fixture(scope="module", autouse=True)
def connection() -> Iterator[None]:
    """One Ray for all tests of this module, which writes nothing to the home folder."""
    before = _of_ray()
    with one_connection(Cluster("trainer", None, 2)):
        yield
    assert not ray.is_initialized()
    assert _of_ray() == before


def _of_ray() -> list[Path]:
    return sorted(path for path in Path.home().iterdir() if "ray" in path.name)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(padding=1), search_images=0.2, test_share=0.2, split_seed=0).load()


def _fit(
    folder: Path,
    trainer: RayTrainer | Trainer = RAY,
    recipe: Recipe = RECIPE,
    disturbance: Disturbance | None = None,
    minutes: float = 60.0,
    begin: State | None = None,
    spec: NetworkSpec = tiny.SPEC,
) -> State:
    """The state after a training, with a checkpoint after each step if minutes are nearly none."""
    loader = tiny.data().train_loader(recipe.batch_size, 1)
    batches = Disturbed(loader, disturbance) if disturbance else loader
    training = Training(trainer, CsvLog(), 1, minutes)
    return training.fit(lambda: Retrain(spec, recipe, begin), batches, recipe, folder, "fit").state_dict()


def _log(folder: Path) -> list[dict[str, float]]:
    with (folder / "logs" / "metrics.csv").open() as file:
        return [{name: float(one) for name, one in row.items()} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    return _fit(folder), _log(folder)


def test_two_workers_retrain_as_two_processes_do(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """To the last bit, with the same log."""
    assert not tiny.different(undisturbed[0], _fit(tmp_path, DDP))
    assert undisturbed[1] == _log(tmp_path)
    assert [row["step"] for row in undisturbed[1]] == [9, 19]


@pytest.mark.parametrize("name", ["fair", "uniform", "sandwich", "two_path", "reinforce", "gumbel"])
def test_two_workers_train_a_supernet_as_two_processes_do(name: str, data: ImageData, tmp_path: Path) -> None:
    """To the last bit, in 24 steps or more."""
    states = []
    for trainer in (RAY, DDP):
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(methods.RECIPES, name, Recipe(6, 256, 0.05))
            batches = methods._turns(data) if name == "gumbel" else data.train_loader(256, 1)
            training = Training(trainer, CsvLog(), 1, 60.0)
            place = tmp_path / str(len(states))
            module = training.fit(lambda: methods._module(name, data), batches, methods.RECIPES[name], place, "fit")
            states.append(module.state_dict())
    assert not tiny.different(*states)


def test_two_workers_train_as_one_process_where_no_batch_norm_sees_the_share(tmp_path: Path) -> None:
    recipe, begin = replace(RECIPE, norm_statistics="frozen"), tiny.begin(WITHOUT_DROPOUT)
    one, two = (
        _fit(tmp_path / name, trainer, recipe, begin=begin, spec=WITHOUT_DROPOUT)
        for name, trainer in (("one", Trainer(accelerator="cpu", devices=1)), ("two", RAY))
    )
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, rtol=1e-4, atol=1e-5, msg=name)


def test_a_worker_that_is_killed_within_an_epoch_changes_nothing(
    undisturbed: Undisturbed, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    it = Disturbance(tmp_path, "kill")
    with caplog.at_level(logging.WARNING):
        state = _fit(tmp_path / "run", disturbance=it, minutes=1e-9)
    assert caplog.messages == ["fit: worker 1 died; the training goes on from epoch 2."]
    assert not tiny.different(undisturbed[0], state)
    assert _log(tmp_path / "run") == undisturbed[1]
    assert it.batches == [(0, n) for n in range(8)] + [(1, n) for n in (0, 1, 2, 3, 3, 4, 5, 6, 7)] + [
        (2, n) for n in range(8)
    ]
    assert gone(it.processes)


def test_workers_that_always_die_end_the_training_in_a_sentence(undisturbed: Undisturbed, tmp_path: Path) -> None:
    it = Disturbance(tmp_path, "kill", rank=0, times=2)
    with pytest.raises(ValueError, match=r"^fit: worker 0 died, and trainer\.retries=1 is used up: if"):
        _fit(tmp_path / "run", disturbance=it, minutes=1e-9)
    assert gone(it.processes)
    assert not tiny.different(undisturbed[0], _fit(tmp_path / "run", disturbance=it))  # the same command goes on


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_of_the_main_process_ends_the_workers_and_loses_nothing(
    number: signal.Signals, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    it = Disturbance(tmp_path, number, main=os.getpid())
    raise_at_sigterm()
    with pytest.raises(Terminated if number == signal.SIGTERM else KeyboardInterrupt):
        _fit(tmp_path / "run", disturbance=it, minutes=1e-9)
    assert gone(it.processes)
    assert not tiny.different(undisturbed[0], _fit(tmp_path / "run", disturbance=it))
    assert _log(tmp_path / "run") == undisturbed[1]


def test_an_error_of_one_worker_is_raised_as_it_is_and_nothing_is_tried_again(tmp_path: Path) -> None:
    it = Disturbance(tmp_path, "fail", times=9)
    with pytest.raises(ValueError, match="The photo") as error:
        _fit(tmp_path / "run", disturbance=it)
    assert type(error.value) is ValueError
    assert str(error.value) == "The photo cat.jpg cannot be read."
    assert it.batches.count((1, 3)) == 1


def test_a_training_that_diverges_stops_or_goes_on_at_half_the_rate(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def poison(name: str) -> Disturbance:
        (tmp_path / name).mkdir()
        return Disturbance(tmp_path / name, "poison", rank=0)

    with pytest.raises(DivergedError, match=r"^fit: in epoch 2, batch 4, the gradient is not finite, first at layer 0"):
        _fit(tmp_path / "stop" / "run", disturbance=poison("stop"))
    with caplog.at_level(logging.WARNING):
        _fit(tmp_path / "on" / "run", disturbance=poison("on"), recipe=replace(RECIPE, on_nan="restore"))
    assert "It goes on from the last checkpoint, at half the learning rate." in caplog.text


def test_workers_that_find_no_room_end_in_a_sentence_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^trainer\.workers=2 need 64 CPU and 0 GPU each, .* have room for 0 of them"):
        _fit(tmp_path, replace(RAY, cpus_per_worker=64))
