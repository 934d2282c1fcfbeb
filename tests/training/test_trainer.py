"""Settings of Lightning's Trainer."""

import inspect
import math
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest
import pytorch_lightning as pl
import torch
import yaml
from lightning_fabric.plugins.precision.precision import _PRECISION_INPUT_STR
from torch.utils.data import DataLoader, TensorDataset

from mobilenas import training
from mobilenas.search_space import MoGA
from mobilenas.settings import Reader, SettingsError, plain
from mobilenas.settings.typed import annotations_of
from mobilenas.tracking import CsvLog
from mobilenas.training import RayTrainer, Recipe, Retrain, Trainer, Training
from tests.training.with_callbacks import WithCallbacks

CONF = Path(__file__).parents[2] / "conf"
TRAINERS = sorted((CONF / "trainer").glob("*.yaml"))
DDP = "ddp_spawn_find_unused_parameters_true"
SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e6_k3")).space(10, 8)
NETWORK = SPACE.network((0, 1))


def _resolve(target: str) -> type:
    kind = getattr(training, target.removeprefix("mobilenas.training."))
    assert isinstance(kind, type)
    return kind


def _read(file: Path, **changes: object) -> Any:
    values = yaml.safe_load(file.read_text())
    return Reader(_resolve).read(_resolve(values["_target_"]), values | changes, file.parent.name)


@pytest.mark.parametrize(
    ("at_once", "devices", "batch_size", "parts"),
    [(None, 1, 4096, 1), (512, 1, 4096, 8), (512, 2, 4096, 4), (500, 1, 4096, 16), (512, 8, 4096, 1), (1, 2, 6, 3)],
)
def test_a_share_of_a_batch_is_divided_into_the_fewest_equal_parts_that_fit(
    at_once: int | None, devices: int, batch_size: int, parts: int
) -> None:
    settings = Trainer(accelerator="gpu", devices=devices, strategy=DDP, images_at_once=at_once)
    assert settings.parts(batch_size) == parts


def test_neither_devices_nor_parts_change_what_a_run_is_known_by() -> None:
    one, two = Trainer(devices=1), Trainer(devices=2, strategy=DDP, accelerator="cpu", images_at_once=8)
    assert one.identity == two.identity == plain(one)
    assert Trainer(devices=1, precision="bf16-mixed").identity != one.identity
    if find_spec("ray"):
        assert RayTrainer(workers=8, threads=3).identity == one.identity


def test_two_ways_to_accumulate_gradients_are_refused() -> None:
    with pytest.raises(ValueError, match="accumulate_grad_batches has no meaning beside images_at_once"):
        Trainer(images_at_once=8, accumulate_grad_batches=2)


def test_there_are_trainers() -> None:
    assert len(TRAINERS) > 2


@pytest.mark.parametrize("file", TRAINERS, ids=lambda file: file.stem)
def test_a_yaml_makes_lightnings_trainer(file: Path) -> None:
    devices = {} if file.stem == "ray" else {"devices": 1}
    trainer = _read(file, accelerator="cpu", precision="32-true", **devices).make(logger=False, max_epochs=3)
    assert isinstance(trainer, pl.Trainer)
    assert (trainer.max_epochs, trainer.num_devices, trainer.precision) == (3, 1, "32-true")


def test_defaults_are_lightnings() -> None:
    theirs = inspect.signature(pl.Trainer.__init__).parameters
    ours = {one.name: one.default for one in fields(Trainer)}
    assert ours.pop("images_at_once") is None  # ours alone
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
    several = Trainer(accelerator="cpu", devices=2, strategy="ddp_spawn_find_unused_parameters_true")
    trainer = several.make(logger=False, devices=1, strategy="auto")
    assert trainer.num_devices == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"devices": 0}, "trainer.devices must be .* not 0"),
        ({"devices": True}, "trainer.devices must be .* not true"),
        ({"precision": "half"}, "trainer.precision must be one of 16-true, .* not 'half'"),
        ({"accelerator": "tpu"}, "trainer.accelerator must be one of auto, cpu, .* not 'tpu'"),
        ({"strategy": "fsdp"}, "trainer.strategy must be one of auto, .* not 'fsdp'"),
        ({"strategy": "ddp"}, "trainer.strategy must be one of auto, .* not 'ddp'"),
        ({"num_nodes": 2}, "num_nodes must be 1, not 2, because every machine would run the whole command"),
        ({"gradient_clip_val": float("nan")}, "trainer.gradient_clip_val must be .* not nan"),
        ({"limit_train_batches": 1.5}, "trainer.limit_train_batches must be .* not 1.5"),
        ({"max_epochs": 3}, "There is no setting 'trainer.max_epochs'"),
    ],
)
def test_settings_that_cannot_be_are_named(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        _read(CONF / "trainer" / "auto.yaml", **changes)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"devices": (0,)}, "The trainer cannot be made: .*int > 0. Choose trainer=auto, or another"),
        ({"devices": ()}, r"The trainer cannot be made: .*devices=\[\]"),
        ({"devices": 2}, "every device would restart the whole command"),
        ({"devices": 100_000, "strategy": DDP}, "at most the number of cores, [0-9]+, and not 100000"),
        ({"devices": 2, "strategy": DDP, "sync_batchnorm": True}, "trainer.sync_batchnorm needs GPUs"),
        ({"accelerator": "gpu"}, "The trainer cannot be made: No supported gpu backend found"),
        ({"accelerator": "mps"}, "The trainer cannot be made: "),
    ],
)
def test_devices_that_are_not_there_are_told_before_any_work(settings: dict[str, Any], sentence: str) -> None:
    if settings.get("accelerator") == "gpu" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ValueError, match=sentence) as error:
        Trainer(**{"accelerator": "cpu"} | settings).check()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("limit", "batches", "taken"),
    [(0.001, 2, 1), (0.5, 4, 2), (0.999, 4, 3), (1.0, 4, 4), (3, 4, 3), (9, 4, 4), (None, 4, 4)],
)
def test_a_share_of_the_batches_is_one_at_least(limit: float | None, batches: int, taken: int, tmp_path: Path) -> None:
    seen: list[int] = []

    class Count(pl.Callback):
        def on_train_batch_end(self, *about: object) -> None:
            seen.append(1)

    recipe = Recipe(1, 2, 0.1)
    settings = WithCallbacks(others=(Count(),), limit_train_batches=limit)
    loader = DataLoader(TensorDataset(torch.rand(2 * batches, 3, 8, 8), torch.zeros(2 * batches).long()), 2)
    Training(settings, CsvLog(), 0, 10.0).fit(lambda: Retrain(NETWORK, recipe), loader, recipe, tmp_path, "fit")
    assert len(seen) == taken


@pytest.mark.parametrize("together", [1, 2, 3, 4, 9])
def test_the_rate_follows_the_schedule_to_its_end_however_many_batches_a_step_has(
    together: int, tmp_path: Path
) -> None:
    rates: list[float] = []

    class Rates(pl.Callback):
        def on_before_optimizer_step(self, trainer: pl.Trainer, module: object, optimizer: Any) -> None:
            rates.append(optimizer.param_groups[0]["lr"])

    recipe = Recipe(2, 2, 0.1)
    settings = WithCallbacks(others=(Rates(),), accumulate_grad_batches=together)
    loader = DataLoader(TensorDataset(torch.rand(8, 3, 8, 8), torch.zeros(8).long()), 2)
    Training(settings, CsvLog(), 0, 10.0).fit(lambda: Retrain(NETWORK, recipe), loader, recipe, tmp_path, "fit")
    steps = {1: 8, 2: 4, 3: 4, 4: 2, 9: 2}[together]  # 4 batches an epoch; the last step of an epoch may have fewer
    assert rates == pytest.approx([0.1 * (1 + math.cos(math.pi * step / steps)) / 2 for step in range(steps)])


@pytest.mark.parametrize(("limit", "together"), [(None, 1), (None, 3), (2, 1), (9, 2), (0.5, 1), (0.5, 2), (1e-3, 1)])
def test_the_number_of_steps_is_that_of_lightning(limit: float | None, together: int, tmp_path: Path) -> None:
    steps: list[int] = []

    class Steps(pl.Callback):
        def on_before_optimizer_step(self, *about: object) -> None:
            steps.append(1)

    recipe = Recipe(1, 2, 0.1)
    settings = WithCallbacks(others=(Steps(),), limit_train_batches=limit, accumulate_grad_batches=together)
    loader = DataLoader(TensorDataset(torch.rand(14, 3, 8, 8), torch.zeros(14).long()), 2)
    Training(settings, CsvLog(), 0, 10.0).fit(lambda: Retrain(NETWORK, recipe), loader, recipe, tmp_path, "fit")
    assert len(steps) == settings.steps(7)
