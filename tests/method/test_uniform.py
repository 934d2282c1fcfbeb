"""Uniform sampling: which paths are drawn, and what a step of one path trains."""

from collections import Counter
from itertools import product
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl

from mobilenas.data import Augment, Digits
from mobilenas.evaluation import Architecture
from mobilenas.method import PathsModule, Uniform
from mobilenas.method.uniform import uniform_path
from mobilenas.search_space import MoGA
from mobilenas.settings import SEED, given
from mobilenas.tracking import CsvLog
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe
from tests.training.with_callbacks import WithCallbacks

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se", "e6_k5"), dropout=0.0).space(
    10, 8
)
RECIPE = Recipe(3, 256, 0.05)


class Watch(pl.Callback):
    """Keeps the path of every step and the weights that it has gradients of; stops the run after some steps."""

    def __init__(self, steps: int | None = None) -> None:
        self.steps, self.paths, self.trained = steps, list[Architecture](), list[set[str]]()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        pl_module.supernet.register_forward_pre_hook(lambda _, inputs: self.paths.append(tuple(map(int, inputs[1]))))

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *others: object) -> None:
        weights = pl_module.supernet.named_parameters()
        self.trained.append({name for name, weight in weights if weight.grad is not None})

    def on_train_batch_end(self, *others: object) -> None:
        if len(self.paths) == self.steps:
            raise RuntimeError("power cut")


def _train(folder: Path, seed: int = 0, steps: int | None = None) -> Watch:
    """A run of 3 epochs of 4 batches that writes a checkpoint after every step."""
    watch, batches = (
        Watch(steps),
        Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0)
        .load()
        .train_loader(256, 1),
    )

    def module() -> PathsModule:
        return Uniform().module(SPACE, RECIPE, given((SEED, seed)))

    Training(WithCallbacks(others=(watch,)), CsvLog(), 1, 1e-9).fit(module, batches, RECIPE, folder, "fit")
    return watch


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    return _train(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize("seed", range(3))
def test_all_paths_are_drawn_equally_often(seed: int) -> None:
    options, steps = (2, 3, 4), 12_000
    drawn = Counter(tuple(*uniform_path(options, np.random.default_rng([seed, step]))) for step in range(steps))
    assert drawn.keys() == set(product(*map(range, options)))
    spread = sqrt(steps * 1 / 24 * 23 / 24)  # of a binomial distribution; 5 of it are left once in 1.7 million counts
    assert all(abs(count - steps / 24) < 5 * spread for count in drawn.values())


def test_a_step_trains_one_path_and_the_fixed_layers(undisturbed: Watch) -> None:
    assert len(undisturbed.paths) == 12
    for path, trained in zip(undisturbed.paths, undisturbed.trained, strict=True):
        chosen = dict(zip(SPACE.choice_blocks, path, strict=True))
        used = {(place, chosen.get(place, 0)) for place in range(len(SPACE.positions))}
        assert {tuple(map(int, name.split(".")[1:3])) for name in trained} == used


def test_another_seed_draws_other_paths(undisturbed: Watch, tmp_path: Path) -> None:
    assert _train(tmp_path, seed=1).paths != undisturbed.paths


@pytest.mark.parametrize("steps", [6, 9], ids=["within an epoch", "after an epoch"])
def test_a_resumed_run_draws_the_paths_of_the_undisturbed_one(undisturbed: Watch, steps: int, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        _train(tmp_path, steps=steps)
    assert _train(tmp_path).paths == undisturbed.paths[steps - 1 :]  # the last step was not yet written


def test_an_impossible_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="Uniform: init must be one of random, zero, inherit, not 'flase'"):
        Uniform(init="flase")
