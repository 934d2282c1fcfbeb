"""Short trainings against a plain loop in torch, and the ones that fail."""

import pickle
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import pytest
import pytorch_lightning as pl
import torch
from torch.nn.functional import cross_entropy

from mobilenas.data import Digits, ImageData
from mobilenas.data.augment import Augment
from mobilenas.evaluator import ProxyScoring
from mobilenas.evaluator.proxy_task import ProxyTask
from mobilenas.search_space import BlockSpace, MnasNet
from mobilenas.training import Trainer
from mobilenas.training.accuracy import recalibrate
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from mobilenas.training.short import ShortTraining

SCORING = ProxyScoring(batch_size=100, epochs=2, warmup_epochs=0, calibration_images=500)
RECIPE = Recipe(2, 64, 0.05, momentum=0.0, schedule="steps", milestones=(0.9,), decay=1.0)


@dataclass(frozen=True)
class Cpu:
    """Settings of a Trainer."""

    devices: int = 1
    strategy: str = "auto"

    def limit(self, batches: int) -> None:
        return None

    def make(self, **more: Any) -> pl.Trainer:
        return pl.Trainer(**{"accelerator": "cpu", "devices": self.devices, "strategy": self.strategy} | more)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


@pytest.fixture(scope="module")
def space() -> BlockSpace:
    return MnasNet(width=0.25, stages=2, blocks=1, hidden=0.0625, unstrided=2, dropout=0.0).space(10, 8)


def short_training(data: ImageData, recipe: Recipe = RECIPE) -> ShortTraining:
    return ShortTraining(data, recipe, Cpu(), SCORING.batch_size, SCORING.calibration_images)


def make(space: BlockSpace, data: ImageData, recipe: Recipe = RECIPE) -> ProxyTask:
    return ProxyTask(space, short_training(data, recipe), 0, "context")


def architecture(space: BlockSpace, option: int = 0) -> tuple[int, ...]:
    return tuple(min(option, count - 1) for count in space.options)


def test_a_network_is_trained_as_by_a_plain_loop(space: BlockSpace, data: ImageData) -> None:
    spec = space.network(architecture(space, 1))
    found = short_training(data, replace(RECIPE, batch_size=256, lr=0.01)).fit(spec, seed=5)
    torch.manual_seed(5)
    network = spec.build()
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    loader = data.train_loader(256, 5)
    for epoch in range(2):
        loader.set_epoch(epoch)
        for images, labels in loader:
            optimizer.zero_grad()
            cross_entropy(network(images), labels).backward()
            optimizer.step()
    recalibrate(network.eval(), data.calibration_batches(500, 100), torch.device("cpu"))
    # The order of sums makes 3e-6, the eight steps 2.5e-3.
    torch.testing.assert_close(found.state_dict(), network.state_dict(), rtol=0, atol=1e-4)


def test_a_score_is_the_accuracy_of_the_trained_network(space: BlockSpace, data: ImageData) -> None:
    chosen, seeds = architecture(space, 1), []
    with patch.object(pl, "seed_everything", lambda seed, verbose: seeds.append(seed) or torch.manual_seed(seed)):
        score = make(space, data).score(chosen)
    network = short_training(data).fit(space.network(chosen), seeds[0])
    correct = [(network(images).argmax(1) == labels).double() for images, labels in data.eval_loader("search", 1000)]
    assert score.accuracy == pytest.approx(torch.cat(correct).mean().item(), abs=1e-9)
    assert score.failure is None


def test_a_score_does_not_depend_on_what_was_scored_before_or_where(space: BlockSpace, data: ImageData) -> None:
    task = make(space, data)
    first = task.score(architecture(space, 1))
    task.score(architecture(space, 2))
    torch.rand(7)
    assert pickle.loads(pickle.dumps(task)).score(architecture(space, 1)) == first
    assert task.score(architecture(space, 1)) == first


def test_a_training_that_diverges_is_a_result(space: BlockSpace, data: ImageData) -> None:
    score = make(space, data, Recipe(1, 64, 1e9, weight_decay=1e9)).score(architecture(space))
    assert score.accuracy == 0
    assert score.failure is not None
    assert score.failure.startswith("diverged: the short training: in epoch 1, batch 2, the gradient is not finite")


def test_a_training_that_diverges_in_its_last_step_is_one_too(space: BlockSpace, data: ImageData) -> None:
    recipe = Recipe(1, 800, 0.1, weight_decay=1e3)
    object.__setattr__(recipe, "lr", 3e38)  # more than settings may have
    score = make(space, data, recipe).score(architecture(space, 1))
    assert score.failure is not None
    assert score.failure.startswith("diverged: the short training: after the last step the weights of")


def test_a_trial_trains_on_one_device_whatever_else_trains_on(space: BlockSpace, data: ImageData) -> None:
    several = Cpu(devices=2, strategy="ddp_spawn")
    training = ShortTraining(data, RECIPE, several, SCORING.batch_size, SCORING.calibration_images)
    alone = make(space, data)
    task = ProxyTask(space, training, 0, "context")
    assert task.score(architecture(space, 1)) == alone.score(architecture(space, 1))


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of\nmemory"), MemoryError("too large")], ids=repr)
def test_a_training_that_runs_out_of_memory_is_a_result(
    space: BlockSpace, data: ImageData, error: BaseException
) -> None:
    with patch.object(Retrain, "forward", side_effect=error):
        score = make(space, data).score(architecture(space))
    assert score.failure == f"{type(error).__name__}: {' '.join(str(error).split())}"


def test_a_user_error_is_none_of_them(space: BlockSpace, data: ImageData) -> None:
    with pytest.raises(ValueError, match="a batch of 100000 images cannot be taken"):
        make(space, data, Recipe(1, 100000, 0.1)).score(architecture(space))


def test_the_short_recipe_is_the_runs_for_fewer_epochs() -> None:
    recipe = Recipe(350, 4096, 0.256, optimizer="rmsprop", warmup_epochs=5, ema_decay=0.9999)
    assert ProxyScoring(512, 5, 1, 1000).shortened(recipe) == Recipe(
        5, 4096, 0.256, optimizer="rmsprop", warmup_epochs=1
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ((512, 0, 0, 1), "epochs must be a whole number, 1 or more"),
        ((512, 2, 1, 1, 0), "train_images must be a number above 0"),
        ((512, 2, 2, 1), "warmup_epochs must be from 0 to below the 2"),
    ],
)
def test_an_impossible_setting_is_refused(settings: tuple[int, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ProxyScoring(*settings)


def test_a_share_of_less_than_a_batch_is_one_batch_in_a_trial_too(space: BlockSpace, data: ImageData) -> None:
    spec, weights = space.network(architecture(space)), []
    for limit in (0.001, 1):
        trainer = Trainer(accelerator="cpu", limit_train_batches=limit)
        weights.append(ShortTraining(data, RECIPE, trainer, 100, 500).fit(spec, 5).state_dict())
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
