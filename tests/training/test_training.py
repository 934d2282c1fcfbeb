"""A fit that is stopped at any moment and continued ends as if it had not been stopped."""

from dataclasses import replace
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor

from mobilenas.data import Augment, Digits, ImageData, Turns
from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.method import BATCHES, LATENCY, TURNS, Binarized, Fair, Gumbel, Sandwich, Uniform
from mobilenas.objective import LatencyLog, LatencyLoss, LatencyReward
from mobilenas.search_space import MoGA
from mobilenas.settings import SEED, given
from mobilenas.tracking import CsvLog
from mobilenas.training import Trainer
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from tests.training.power import Power
from tests.training.with_callbacks import WithCallbacks

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se")).space(10, 8)
RECIPES = {
    "fair": Recipe(3, 256, 0.05),
    "uniform": Recipe(3, 256, 0.05),
    "sandwich": Recipe(3, 256, 0.05),
    "retrain": Recipe(3, 256, 0.05, optimizer="rmsprop", ema_decay=0.9),
    "two_path": Recipe(3, 256, 0.05),
    "exact": Recipe(3, 256, 0.05),
    "reinforce": Recipe(3, 256, 0.05),
    "gumbel": Recipe(3, 256, 0.05),
    "hard gumbel": Recipe(3, 256, 0.05),
}


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(padding=1), search_images=0.2, test_share=0.2, split_seed=0).load()


def _module(name: str, data: ImageData) -> pl.LightningModule:
    recipe = RECIPES[name]
    if name == "retrain":
        return Retrain(SPACE.network((0, 1)), recipe)
    if method := {"fair": Fair(), "uniform": Uniform(), "sandwich": Sandwich()}.get(name):
        return method.module(SPACE, recipe, given((SEED, 1)))
    latency = ExpectedLatency(SPACE, LatencyTable({key: float(len(key)) for key in layers_of(SPACE)}))
    if "gumbel" in name:
        gumbel = Gumbel(
            objective=LatencyLog(0.2, 0.6), lr=0.1, weight_decay=5e-4, temperature=5.0, temperature_decay=1.5,
            warmup_share=1 / 3, hard="hard" in name,
        )  # fmt: skip
        return gumbel.module(SPACE, recipe, given((LATENCY, latency), (TURNS, _turns(data))))
    objective = LatencyReward(100.0, -0.1, -0.1) if name == "reinforce" else LatencyLoss(0.01)
    batches = data.train_loader(128, 1, splits=("search",)).endless
    binarized = Binarized(rule=name, objective=objective, lr=0.1, betas=(0.9, 0.999), weight_steps=2, samples=2)
    return binarized.module(SPACE, recipe, given((LATENCY, latency), (BATCHES, batches)))


def _turns(data: ImageData) -> Turns:
    return Turns(data.train_loader(256, 1), data.train_loader(128, 1, splits=("search",)))


def _fit(data: ImageData, name: str, folder: Path, *callbacks: pl.Callback, minutes: float) -> dict[str, Tensor]:
    recipe = RECIPES[name]

    training = Training(WithCallbacks(others=callbacks), CsvLog(), 1, minutes)
    loader = _turns(data) if "gumbel" in name else data.train_loader(256, 1)
    return training.fit(lambda: _module(name, data), loader, recipe, folder, "fit").state_dict()


def _written(folder: Path) -> int:
    """The batches after which the last checkpoint was written."""
    path = folder / "checkpoints" / "last.ckpt"
    if not path.exists():
        return 0
    loops = torch.load(path, weights_only=True)["loops"]["fit_loop"]
    return int(loops["epoch_loop.batch_progress"]["total"]["processed"])


@pytest.fixture(scope="module")
def undisturbed(data: ImageData, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Tensor]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    return {name: _fit(data, name, folder / name, minutes=60.0) for name in RECIPES}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    ("steps", "minutes"), [(6, 60.0), (8, 60.0), (6, 1e-9), (11, 1e-9)], ids=["epoch", "within", "steps", "turn"]
)
def test_a_stopped_fit_ends_in_the_weights_of_the_undisturbed_one(
    data: ImageData,
    undisturbed: dict[str, dict[str, Tensor]],
    recipe: str,
    steps: int,
    minutes: float,
    tmp_path: Path,
) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        _fit(data, recipe, tmp_path, Power(steps), minutes=minutes)
    length = 6 if "gumbel" in recipe else 4
    epochs = (steps - 1) // length * length  # what the end of an epoch has written
    assert _written(tmp_path) == (steps - 1 if minutes < 1 else epochs)
    continued = _fit(data, recipe, tmp_path, minutes=minutes)
    assert undisturbed[recipe].keys() == continued.keys()
    for name, tensor in undisturbed[recipe].items():
        assert torch.equal(tensor, continued[name]), name


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_fit_whose_steps_have_several_batches_goes_on_from_a_step(
    data: ImageData, steps: int, tmp_path: Path
) -> None:
    """An epoch of 4 batches has steps of 3 and of 1; a checkpoint between them would have no gradients."""

    def fit(folder: Path, *callbacks: pl.Callback) -> dict[str, Tensor]:
        recipe = replace(RECIPES["retrain"], ema_decay=None)
        settings = WithCallbacks(others=callbacks, accumulate_grad_batches=3)
        loader = data.train_loader(256, 1)
        training = Training(settings, CsvLog(), 1, 1e-9)
        return training.fit(lambda: _module("retrain", data), loader, recipe, folder, "fit").state_dict()

    with pytest.raises(RuntimeError, match="power cut"):
        fit(tmp_path / "stopped", Power(steps))
    continued, undisturbed = fit(tmp_path / "stopped"), fit(tmp_path / "undisturbed")
    assert all(torch.equal(one, continued[name]) for name, one in undisturbed.items())


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_fit_that_was_stopped_after_its_last_checkpoint_ends_in_the_same_weights(
    data: ImageData, undisturbed: dict[str, dict[str, Tensor]], recipe: str, tmp_path: Path
) -> None:
    _fit(data, recipe, tmp_path, minutes=60.0)
    again = _fit(data, recipe, tmp_path, minutes=60.0)
    for name, tensor in undisturbed[recipe].items():
        assert torch.equal(tensor, again[name]), name


def test_another_seed_ends_in_other_weights(data: ImageData, tmp_path: Path) -> None:
    def fit(seed: int) -> dict[str, Tensor]:
        training = Training(Trainer(accelerator="cpu"), CsvLog(), seed, 60.0)
        recipe = Recipe(1, 256, 0.05)
        folder = tmp_path / str(seed)
        return training.fit(
            lambda: Fair().module(SPACE, recipe, given((SEED, 1))), data.train_loader(256, seed), recipe, folder, "fit"
        ).state_dict()

    first, second = fit(1), fit(2)
    assert not all(torch.equal(first[name], second[name]) for name in first)
