"""NetAdapt's scores of truncated networks against plain loops in torch."""

import pickle
from typing import Any
from unittest.mock import patch

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mobilenas.adaptation import FineTuning
from mobilenas.adaptation.fine_tune import FineTune
from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace
from mobilenas.data import Digits, ImageData
from mobilenas.data.augment import Augment
from mobilenas.network.spec import NetworkSpec
from mobilenas.training.accuracy import recalibrate
from mobilenas.training.recipe import Recipe
from mobilenas.training.short import ShortTraining

SEED = """
name: seed
input: {channels: 3, height: 8, width: 8}
layers:
  - {op: conv, kernel: 3, out: 16, act: relu}
  - {op: mbconv, kernel: 3, expanded: 32, out: 24, act: relu, stride: 2}
  - {op: mbconv, kernel: 3, expanded: 48, out: 24, act: relu, residual: true}
  - {op: classifier, classes: 10}
"""
SPACE = WidthSpace(NetworkSpec.from_yaml(SEED), 8)
CHILD = tuple(option - 1 for option in SPACE.widest)
RECIPE = Recipe(10, 64, 0.5, momentum=0.0)
TUNING = FineTuning(steps=7, lr_share=0.1, calibration_images=500, batch_size=100)


class Cpu:
    """Settings of a Trainer."""

    def limit(self, batches: int) -> None:
        return None

    def make(self, **more: Any) -> pl.Trainer:
        return pl.Trainer(**{"accelerator": "cpu", "devices": 1} | more)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


@pytest.fixture(scope="module")
def weights(data: ImageData) -> dict[str, Tensor]:
    """Of the seed, after two epochs."""
    torch.manual_seed(0)
    network = SPACE.seed.build()
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    loader = data.train_loader(64, 0)
    for epoch in range(2):
        loader.set_epoch(epoch)
        step(network, optimizer, loader)
    return network.state_dict()


def step(network: nn.Module, optimizer: torch.optim.Optimizer, loader: object, steps: int = 1000) -> None:
    for _, (images, labels) in zip(range(steps), loader, strict=False):
        optimizer.zero_grad()
        cross_entropy(network(images), labels).backward()
        optimizer.step()


def make(data: ImageData, weights: dict[str, Tensor], recipe: Recipe = RECIPE) -> FineTune:
    recipe = TUNING.constant(recipe)
    training = ShortTraining(data, recipe, Cpu(), TUNING.batch_size, TUNING.calibration_images, TUNING.steps)
    return FineTune(SPACE, SPACE.widest, weights, "norm", training, 0, "context")


def top1(network: nn.Module, data: ImageData) -> float:
    """By a plain loop, after the batch norms' statistics were computed again."""
    recalibrate(network.eval(), data.calibration_batches(500, 100), torch.device("cpu"))
    correct = [(network(images).argmax(1) == labels).double() for images, labels in data.eval_loader("search", 1000)]
    return torch.cat(correct).mean().item()


def test_the_parent_is_scored_as_it_is(data: ImageData, weights: dict[str, Tensor]) -> None:
    network = SPACE.seed.build()
    network.load_state_dict(weights)
    score = make(data, weights).score(SPACE.widest)
    assert score.accuracy == pytest.approx(top1(network, data), abs=1e-9)


def test_a_child_has_the_weights_of_some_steps_from_the_truncated_ones(
    data: ImageData, weights: dict[str, Tensor]
) -> None:
    seeds: list[int] = []
    with patch.object(pl, "seed_everything", lambda seed, verbose: seeds.append(seed) or torch.manual_seed(seed)):
        found = make(data, weights).weights(CHILD)
    spec = SPACE.network(CHILD)
    network = spec.build()
    network.load_state_dict(truncated(weights, SPACE.seed, spec, "norm"))
    loader = data.train_loader(64, seeds[0])
    loader.set_epoch(0)
    step(network, torch.optim.SGD(network.parameters(), 0.05), loader, steps=7)
    recalibrate(network.eval(), data.calibration_batches(500, 100), torch.device("cpu"))
    # The order of sums makes 2e-4 at most, a step .05.
    torch.testing.assert_close(found, network.state_dict(), rtol=0, atol=5e-3)


@pytest.mark.parametrize("architecture", [SPACE.widest, CHILD], ids=["parent", "child"])
def test_the_weights_are_those_of_the_score(
    architecture: tuple[int, ...], data: ImageData, weights: dict[str, Tensor]
) -> None:
    evaluator = make(data, weights)
    network = SPACE.network(architecture).build()
    network.load_state_dict(evaluator.weights(architecture))
    assert top1(network, data) == evaluator.score(architecture).accuracy


def test_a_score_does_not_depend_on_what_was_scored_before_or_where(
    data: ImageData, weights: dict[str, Tensor]
) -> None:
    evaluator = make(data, weights)
    first = evaluator.score(CHILD)
    evaluator.score(SPACE.widest)
    assert evaluator.score(CHILD) == pickle.loads(pickle.dumps(evaluator)).score(CHILD) == first


def test_a_fine_tuning_that_diverges_is_a_result(data: ImageData, weights: dict[str, Tensor]) -> None:
    score = make(data, weights, Recipe(10, 64, 1e9)).score(CHILD)
    assert score.accuracy == 0
    assert (score.failure or "").startswith("diverged: ")


def test_statistics_of_narrower_networks_move_whatever_the_recipe_says_of_the_parent() -> None:
    frozen = Recipe(3, 16, 0.1, norm_statistics="frozen", stage_lr=0.5)
    assert TUNING.constant(frozen) == TUNING.constant(Recipe(3, 16, 0.1, stage_lr=0.5))
