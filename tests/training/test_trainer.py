"""Settings of Lightning's Trainer, and the logs of trainings."""

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import pytorch_lightning as pl
import yaml
from lightning_fabric.plugins.precision.precision import _PRECISION_INPUT_STR

from mobilenas import training
from mobilenas.settings import Reader, SettingsError
from mobilenas.settings.typed import annotations_of
from mobilenas.training import Log, Trainer, WandbLog

CONF = Path(__file__).parents[2] / "conf"
TRAINERS = sorted((CONF / "trainer").glob("*.yaml"))
LOGS = sorted((CONF / "logger").glob("*.yaml"))


def _resolve(target: str) -> type:
    kind = getattr(training, target.removeprefix("mobilenas.training."))
    assert isinstance(kind, type)
    return kind


def _read(file: Path, **changes: object) -> Any:
    values = yaml.safe_load(file.read_text())
    return Reader(_resolve).read(_resolve(values["_target_"]), values | changes, file.parent.name)


def test_there_are_trainers_and_logs() -> None:
    assert len(TRAINERS) > 2
    assert len(LOGS) > 1


@pytest.mark.parametrize("file", TRAINERS, ids=lambda file: file.stem)
def test_a_yaml_makes_lightnings_trainer(file: Path) -> None:
    trainer = _read(file, accelerator="cpu", precision="32-true", devices=1).make(logger=False, max_epochs=3)
    assert isinstance(trainer, pl.Trainer)
    assert (trainer.max_epochs, trainer.num_devices, trainer.precision) == (3, 1, "32-true")


@pytest.mark.parametrize("file", LOGS, ids=lambda file: file.stem)
def test_a_yaml_makes_a_log(file: Path) -> None:
    assert isinstance(_read(file), Log)


def test_defaults_are_lightnings() -> None:
    theirs = inspect.signature(pl.Trainer.__init__).parameters
    ours = {one.name: one.default for one in fields(Trainer)}
    assert ours.pop("precision") == pl.Trainer(accelerator="cpu", logger=False).precision
    assert ours == {name: theirs[name].default for name in ours}


def test_precisions_are_lightnings() -> None:
    ours = set(get_args(annotations_of(Trainer)["precision"]))
    assert ours == {one for one in get_args(_PRECISION_INPUT_STR) if not one.startswith("transformer-engine")}


def test_settings_reach_lightning() -> None:
    settings = Trainer(accelerator="cpu", devices=1, limit_train_batches=0.5, accumulate_grad_batches=2)
    trainer = settings.make(logger=False)
    assert (trainer.limit_train_batches, trainer.accumulate_grad_batches) == (0.5, 2)


def test_what_is_made_with_more_settings_has_those() -> None:
    trainer = Trainer(accelerator="cpu", devices=2, strategy="ddp_spawn").make(logger=False, devices=1, strategy="auto")
    assert trainer.num_devices == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"devices": 0}, "trainer.devices must be .* not 0"),
        ({"devices": True}, "trainer.devices must be .* not true"),
        ({"precision": "half"}, "trainer.precision must be one of 16-true, .* not 'half'"),
        ({"max_epochs": 3}, "There is no setting 'trainer.max_epochs'"),
    ],
)
def test_settings_that_cannot_be_are_named(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        _read(CONF / "trainer" / "auto.yaml", **changes)


@pytest.mark.parametrize("project", ["team/project", "a#b", "a?b", "a%b", "a:b", "a\\b", "x" * 129, ""])
def test_a_project_that_wandb_refuses_is_refused_before(project: str) -> None:
    with pytest.raises(ValueError, match="project must"):
        WandbLog(project=project)
