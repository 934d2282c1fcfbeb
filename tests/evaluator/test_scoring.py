"""Settings that make an evaluator: it scores as they say, and its context holds all that a score depends on."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

from mobilenas.data import Digits, ImageData
from mobilenas.data.augment import Augment
from mobilenas.data.normalization import IMAGENET
from mobilenas.evaluator import (
    DATA,
    DEVICE,
    INHERITANCE,
    RECIPE,
    SPACE,
    SUPERNET,
    TEACHER,
    THREADS,
    TRAINER,
    ProxyScoring,
    ProxyTask,
    Scoring,
    SupernetAccuracy,
    SupernetScoring,
)
from mobilenas.search_space import MnasNet, MoGA
from mobilenas.settings import SEED, Given, Need, given
from mobilenas.supernet import Supernet, save_supernet
from mobilenas.training.recipe import Recipe
from mobilenas.training.short import ShortTraining
from mobilenas.training.teacher import Teacher

PROXY = ProxyScoring(batch_size=100, epochs=1, warmup_epochs=0, calibration_images=200, train_images=0.5)
SHARED = SupernetScoring(batch_size=64, calibration_images=64)
SPACES = {
    width: MnasNet(width=width, stages=1, blocks=1, hidden=0.0625, unstrided=2).space(10, 8) for width in (0.25, 0.5)
}
LAYERWISE = MoGA(width=0.25, stages=1, blocks=1, hidden=0.0625, unstrided=2).space(10, 8)


@dataclass(frozen=True)
class Cpu:
    """Settings of a Trainer."""

    precision: str = "32-true"

    @property
    def identity(self) -> str:
        return self.precision

    def limit(self, batches: int) -> None:
        return None

    def make(self, **more: Any) -> pl.Trainer:
        return pl.Trainer(**{"accelerator": "cpu", "devices": 1, "precision": self.precision} | more)


def images(split_seed: int = 0) -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=split_seed).load()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two supernets of the same space."""
    folder = tmp_path_factory.mktemp("supernets")
    for seed in range(2):
        torch.manual_seed(seed)
        save_supernet(Supernet(LAYERWISE), folder / f"{seed}.safetensors")
    return folder


@pytest.fixture(scope="module")
def proxy() -> dict[Need[Any], object]:
    needs: dict[Need[Any], object] = {SPACE: SPACES[0.25], DATA: images(), RECIPE: Recipe(9, 64, 0.05)}
    return needs | {INHERITANCE: None, TEACHER: None, TRAINER: Cpu(), SEED: 0, THREADS: 1, DEVICE: torch.device("cpu")}


@pytest.fixture(scope="module")
def shared(folder: Path) -> dict[Need[Any], object]:
    return {SUPERNET: folder / "0.safetensors", SPACE: LAYERWISE, DATA: images(), DEVICE: torch.device("cpu")}


def only(scoring: Scoring, things: Mapping[Need[Any], object]) -> Given:
    """What the scoring's class declares that it needs."""
    return given(*things.items()).only(scoring.needs)


def context(scoring: Scoring, things: Mapping[Need[Any], object]) -> str:
    return scoring.evaluator(only(scoring, things)).context


def test_a_short_training_is_what_the_settings_say(proxy: dict[Need[Any], object]) -> None:
    chosen = tuple(0 for _ in SPACES[0.25].options)
    recipe = Recipe(1, 64, 0.05)
    training = ShortTraining(images().with_train_images(0.5), recipe, Cpu(), 100, 200)
    expected = ProxyTask(SPACES[0.25], training, 0, "context").score(chosen)
    assert PROXY.evaluator(only(PROXY, proxy)).score(chosen) == expected


def test_the_supernet_s_score_is_that_of_the_weights_in_the_file(folder: Path, shared: dict[Need[Any], object]) -> None:
    torch.manual_seed(1)
    expected = SupernetAccuracy(Supernet(LAYERWISE), images(), 64, 64, torch.device("cpu"))((5,))
    evaluator = SHARED.evaluator(only(SHARED, shared | {SUPERNET: folder / "1.safetensors"}))
    assert evaluator.score((5,)).accuracy == expected


@pytest.mark.parametrize(
    "change",
    [
        {SPACE: SPACES[0.5]},
        {DATA: images(split_seed=1)},
        {RECIPE: Recipe(9, 64, 0.1)},
        {TEACHER: Teacher(torch.nn.Identity(), 10, IMAGENET, "one")},
        {TRAINER: Cpu("bf16-mixed")},
        {SEED: 1},
        {THREADS: 2},
        {DEVICE: torch.device("cuda")},
    ],
    ids=lambda change: next(iter(change)).name,
)
def test_a_short_training_s_score_is_kept_apart_by_all_it_needs(
    change: dict[Need[Any], object], proxy: dict[Need[Any], object]
) -> None:
    assert set(proxy) == set(PROXY.needs)
    assert context(PROXY, proxy) == context(PROXY, proxy | {DATA: images()})
    assert context(PROXY, proxy) != context(PROXY, proxy | change)


@pytest.mark.parametrize("setting", ["batch_size", "epochs", "calibration_images", "train_images"])
def test_a_short_training_s_score_is_kept_apart_by_its_settings(setting: str, proxy: dict[Need[Any], object]) -> None:
    assert context(PROXY, proxy) != context(replace(PROXY, **{setting: 7}), proxy)


def test_epochs_of_the_full_training_do_not_keep_short_ones_apart(proxy: dict[Need[Any], object]) -> None:
    assert context(PROXY, proxy) == context(PROXY, proxy | {RECIPE: Recipe(350, 64, 0.05, ema_decay=0.99)})
    tuned = Recipe(
        9, 64, 0.05, init="given", head_epochs=1, stage_lr=0.5, norm_statistics="frozen", keep_best=True
    )  # fmt: skip
    assert context(PROXY, proxy) == context(PROXY, proxy | {RECIPE: tuned})


def test_a_short_training_is_taught_by_the_recipe_s_teacher(proxy: dict[Need[Any], object]) -> None:
    chosen = tuple(0 for _ in SPACES[0.25].options)
    spec = SPACES[0.25].network(chosen)
    torch.manual_seed(0)
    teacher = Teacher(spec.build(), spec.classes, images().normalization, "one")
    recipe = Recipe(1, 64, 0.05, teacher="it", teacher_weight=1.0)
    training = ShortTraining(images().with_train_images(0.5), recipe, Cpu(), 100, 200, teacher=teacher)
    taught = training.fit(spec, 0).state_dict()
    alone = replace(training, teacher=None).fit(spec, 0).state_dict()
    assert not all(torch.equal(taught[name], tensor) for name, tensor in alone.items())
    expected = ProxyTask(SPACES[0.25], training, 0, "context").score(chosen)
    assert PROXY.evaluator(only(PROXY, proxy | {RECIPE: recipe, TEACHER: teacher})).score(chosen) == expected


def test_a_supernet_s_score_is_kept_apart_by_all_it_needs(folder: Path, shared: dict[Need[Any], object]) -> None:
    assert set(shared) == set(SHARED.needs)
    alone = context(SHARED, shared)
    assert alone != context(SHARED, shared | {SUPERNET: folder / "1.safetensors"})
    assert alone != context(SHARED, shared | {DATA: images(split_seed=1)})
    assert alone != context(replace(SHARED, calibration_images=63), shared)
    assert alone != context(replace(SHARED, batch_size=63), shared)


def test_what_changes_no_score_of_a_supernet_keeps_none_apart(shared: dict[Need[Any], object]) -> None:
    assert context(SHARED, shared) == context(replace(SHARED, random_architectures=7, weights="theirs"), shared)


def test_weights_that_are_not_there_end_in_the_way_out(folder: Path, shared: dict[Need[Any], object]) -> None:
    with pytest.raises(ValueError, match=r"no supernet weights at .*none: run the stage supernet, or set evaluator\.w"):
        context(SHARED, shared | {SUPERNET: folder / "none"})


def test_a_space_without_a_supernet_ends_in_the_way_out(shared: dict[Need[Any], object]) -> None:
    with pytest.raises(ValueError, match=r"^mnasnet has no supernet, .*: add evaluator=proxy_task"):
        context(SHARED, shared | {SPACE: SPACES[0.25]})


def test_a_report_says_how_short_the_trainings_are() -> None:
    recipe = Recipe(350, 4096, 0.256, optimizer="rmsprop", schedule="exponential")
    said = "each network trained by itself: 1 epoch, batch size 4096, rmsprop, learning rate 0.256, exponential"
    assert PROXY.in_words(recipe) == said
    assert SHARED.in_words(recipe) == ""


@pytest.mark.parametrize(
    "name",
    [
        "evaluator.ProxyScoring",
        "evaluator.SupernetScoring",
        "executor.LocalExecutor",
        "executor.RayExecutor",
        "adaptation.NetAdapt",
    ],
)
def test_settings_are_read_without_the_libraries_that_do_the_work(name: str) -> None:
    package, _, settings = name.partition(".")
    asked = f"import sys; from mobilenas.{package} import {settings}; print(sys.modules.keys() & {{'torch', 'ray'}})"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "set()\n"
