"""A fit that is stopped at any moment and continued ends as if it had not been stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor

from mobilenas.data import Augment, ImageData, digits
from mobilenas.loggers import csv
from mobilenas.method import Fair, Retrain
from mobilenas.recipe import Recipe
from mobilenas.search_space import moga
from mobilenas.training import Training

SPACE = moga(10, 8, 0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se"))
RECIPES = {"plain": Recipe(3, 256, 0.05), "averaged": Recipe(3, 256, 0.05, optimizer="rmsprop", ema_decay=0.9)}


class Power(pl.Callback):
    """Goes off after so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_train_batch_end(self, trainer: pl.Trainer, *others: object) -> None:
        if trainer.global_step == self.steps:
            raise RuntimeError("power cut")


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits(8, Augment(padding=1), 0.2, 0.2, 0, 0)


def _module(recipe: Recipe) -> pl.LightningModule:
    return Retrain(SPACE.network((0, 1)), recipe) if recipe.ema_decay else Fair(SPACE, recipe, seed=1)


def _fit(data: ImageData, recipe: Recipe, folder: Path, *callbacks: pl.Callback, minutes: float) -> dict[str, Tensor]:
    def trainer(**settings: Any) -> pl.Trainer:
        return pl.Trainer(**settings | {"callbacks": settings["callbacks"] + list(callbacks)}, accelerator="cpu")

    training = Training(trainer, csv, 1, minutes)
    module = training.fit(lambda: _module(recipe), data.train_loader(256, 1), recipe, folder, "fit")
    return module.state_dict()


@pytest.fixture(scope="module")
def undisturbed(data: ImageData, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Tensor]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    return {name: _fit(data, recipe, folder / name, minutes=60.0) for name, recipe in RECIPES.items()}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(("steps", "minutes"), [(6, 60.0), (8, 60.0), (6, 1e-9)], ids=["epoch", "within", "steps"])
def test_a_stopped_fit_ends_in_the_weights_of_the_undisturbed_one(
    data: ImageData,
    undisturbed: dict[str, dict[str, Tensor]],
    recipe: str,
    steps: int,
    minutes: float,
    tmp_path: Path,
) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        _fit(data, RECIPES[recipe], tmp_path, Power(steps), minutes=minutes)
    continued = _fit(data, RECIPES[recipe], tmp_path, minutes=minutes)
    assert undisturbed[recipe].keys() == continued.keys()
    for name, tensor in undisturbed[recipe].items():
        assert torch.equal(tensor, continued[name]), name


def test_another_seed_ends_in_other_weights(data: ImageData, tmp_path: Path) -> None:
    def fit(seed: int) -> dict[str, Tensor]:
        make: Callable[..., pl.Trainer] = lambda **settings: pl.Trainer(**settings, accelerator="cpu")  # noqa: E731
        training = Training(make, csv, seed, 60.0)
        recipe = Recipe(1, 256, 0.05)
        folder = tmp_path / str(seed)
        return training.fit(lambda: _module(recipe), data.train_loader(256, seed), recipe, folder, "fit").state_dict()

    first, second = fit(1), fit(2)
    assert not all(torch.equal(first[name], second[name]) for name in first)
