"""Training in two processes against a plain loop over the share of each."""

import signal
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mobilenas.data import Augment, Digits, ImageData, loader
from mobilenas.method import Fair, PathsModule, fair_paths
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Op
from mobilenas.search_space import MoGA
from mobilenas.settings import SEED, given
from mobilenas.stopped import Terminated
from mobilenas.tracking import CsvLog
from mobilenas.training import Trainer
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from tests.training import tiny

Batch = tuple[Tensor, Tensor]

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se"), dropout=0.0).space(10, 8)
RECIPE = Recipe(2, 256, 0.05, momentum=0.0, ema_decay=0.5)
DDP = Trainer(accelerator="cpu", devices=2, strategy="ddp_spawn_find_unused_parameters_true")


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(padding=1), search_images=0.2, test_share=0.2, split_seed=0).load()


def _module(name: str) -> PathsModule | Retrain:
    torch.manual_seed(0)
    return Fair().module(SPACE, RECIPE, given((SEED, 1))) if name == "fair" else Retrain(SPACE.network((0, 1)), RECIPE)


def _shares(data: ImageData) -> list[list[Batch]]:
    """The batches of each of two processes, epoch after epoch."""
    shares = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "_processes", lambda: 2)
        for rank in (0, 1):
            patch.setattr(loader, "_rank", lambda rank=rank: rank)
            batches = data.train_loader(RECIPE.batch_size, seed=0)
            shares.append([batch for epoch in range(RECIPE.epochs) for batch in _epoch(batches, epoch)])
    return shares


def _epoch(batches: loader.EpochLoader, epoch: int) -> list[Batch]:
    batches.set_epoch(epoch)
    return list(batches)


def _loss(module: PathsModule | Retrain, batch: Batch, step: int) -> Tensor:
    images, labels = batch
    if isinstance(module, Retrain):
        return module.learner.loss(module(images), labels)
    paths = fair_paths(SPACE.options, np.random.default_rng([1, step]))
    return torch.stack([module.loss(module.supernet(images, path), labels) for path in paths]).sum()


@pytest.mark.parametrize("name", ["retrain", "fair"])
def test_each_step_takes_the_mean_gradient_of_both_processes(name: str, data: ImageData, tmp_path: Path) -> None:
    plain = _module(name).train()
    parameters = list(plain.parameters())
    averages = [parameter.detach().clone() for parameter in parameters]
    shares = list(zip(*_shares(data), strict=True))
    for step, batches in enumerate(shares):
        both = [torch.autograd.grad(_loss(plain, batch, step), parameters) for batch in batches]
        lr = RECIPE.lr * RECIPE.lr_factor(step * RECIPE.epochs / len(shares))
        with torch.no_grad():
            for parameter, average, *gradients in zip(parameters, averages, *both, strict=True):
                parameter -= lr * torch.stack(gradients).mean(0)
                rate = 1 - min(RECIPE.ema_decay, (1 + step) / (10 + step)) if step else 1.0
                average.lerp_(parameter, rate)  # it begins with the first step's weights
    training = Training(DDP, CsvLog(), seed=0, checkpoint_minutes=60.0)
    batches = data.train_loader(RECIPE.batch_size, seed=0)
    trained = training.fit(lambda: _module(name), batches, RECIPE, tmp_path, "fit")
    for (key, found), average in zip(trained.named_parameters(), averages, strict=True):
        torch.testing.assert_close(found, average, msg=key, rtol=1e-4, atol=1e-5)
    again = training.fit(lambda: _module(name), batches, RECIPE, tmp_path, "fit")  # from the checkpoint at the end
    assert all(torch.equal(found, kept) for found, kept in zip(again.parameters(), trained.parameters(), strict=True))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_batch_in_parts_has_the_weights_of_a_plain_loop_over_its_parts(
    processes: int, data: ImageData, tmp_path: Path
) -> None:
    """The parts are the same, with the same dropout, in one process after another or in two side by side."""
    recipe = replace(RECIPE, epochs=1, batch_size=128, ema_decay=None, drop_path=0.5)
    plain = _begun(recipe).train()
    optimizer = torch.optim.SGD(plain.parameters(), recipe.lr)
    loader_of_whole = data.train_loader(128, seed=0)
    for step, (images, labels) in enumerate(_epoch(loader_of_whole, 0)):
        optimizer.param_groups[0]["lr"] = recipe.lr * recipe.lr_factor(step * recipe.epochs / len(loader_of_whole))
        optimizer.zero_grad()
        for part, (own, right) in enumerate(zip(images.chunk(4), labels.chunk(4), strict=True)):
            torch.manual_seed(hash((0, 0, 4 * step + part)))
            (plain.learner.loss(plain(own), right) / 4).backward()
        optimizer.step()
    devices = {"devices": 2, "strategy": DDP.strategy} if processes == 2 else {"devices": 1}
    trainer = Trainer(accelerator="cpu", images_at_once=32, **devices)
    training = Training(trainer, CsvLog(), seed=0, checkpoint_minutes=60.0)
    trained = training.fit(lambda: _begun(recipe), data.train_loader(128, seed=0), recipe, tmp_path, "fit")
    for (key, found), expected in zip(trained.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(found, expected, msg=key, rtol=1e-4, atol=1e-5)


def _dropping() -> NetworkSpec:
    return replace(SPACE.network((0, 1)), ops=tuple(_with_dropout(op) for op in SPACE.network((0, 1)).ops))


def _with_dropout(op: Op) -> Op:
    return replace(op, dropout=0.5) if isinstance(op, Classifier) else op


def _begun(recipe: Recipe) -> Retrain:
    torch.manual_seed(0)
    return Retrain(_dropping(), recipe)


def test_a_strategy_that_restarts_the_command_for_each_device_is_refused() -> None:
    training = Training(Trainer(accelerator="cpu", devices=2), CsvLog(), seed=0, checkpoint_minutes=60.0)
    with pytest.raises(
        ValueError, match=r"^With this strategy every device would restart the whole command: choose trainer=ddp"
    ):
        training.check()
    Training(DDP, CsvLog(), seed=0, checkpoint_minutes=60.0).check()


class Falling:
    """A score that falls from epoch to epoch; processes can be sent it."""

    def __init__(self) -> None:
        self.score = 1.0

    def __call__(self, state: Mapping[str, Tensor]) -> float:
        self.score /= 2
        return self.score


def test_two_processes_fine_tune_and_keep_the_best_epoch(tmp_path: Path) -> None:
    """At a constant rate, the first epoch of two is the training of one epoch."""
    start, weights = tiny.begin(), []
    for epochs, score in ((2, Falling()), (1, None)):
        recipe = Recipe(
            epochs, 256, 0.05, schedule="exponential", decay=1.0, head_epochs=0.5, stage_lr=0.5, ema_decay=0.5,
            norm_statistics="frozen", teacher="it", keep_best=score is not None,
        )  # fmt: skip
        module = Training(DDP, CsvLog(), 1, 60.0).fit(
            lambda recipe=recipe: Retrain(tiny.SPEC, recipe, start, tiny.new(), tiny.teacher()),
            tiny.data().train_loader(256, 1), recipe, tmp_path / str(epochs), "fit", score,
        )  # fmt: skip
        assert isinstance(module, Retrain)
        weights.append(module.network.state_dict())
    assert not tiny.different(*weights)
    changed = set(tiny.different(start, weights[0]))
    assert changed >= tiny.kernels(start)
    assert not changed & tiny.statistics(start)


def test_a_stop_while_processes_are_started_leaves_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process waits for the second one, which is never started."""
    start, started = BaseProcess.start, list[BaseProcess]()

    def start_and_stop(process: BaseProcess) -> None:
        start(process)
        started.append(process)
        raise Terminated

    monkeypatch.setattr(BaseProcess, "start", start_and_stop)
    recipe = Recipe(1, 128, 0.05, ema_decay=None)
    batches = tiny.data().train_loader(recipe.batch_size, 1)
    with pytest.raises(Terminated):
        Training(DDP, CsvLog(), 1, 1).fit(lambda: Retrain(tiny.SPEC, recipe), batches, recipe, tmp_path, "fit")
    (process,) = started
    assert process.exitcode == -signal.SIGKILL
