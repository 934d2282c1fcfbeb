"""The sandwich rule: its paths, and the gradient of a step with in-place distillation."""

from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from mobilenas.data import Augment, Digits
from mobilenas.evaluation import Architecture
from mobilenas.method import PARENT, Init, Sandwich, SandwichModule, sandwich_paths
from mobilenas.method.sandwich import extremes
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape, Skip, SqueezeExcite
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import SEED, Given
from mobilenas.supernet import inherited
from mobilenas.tracking import CsvLog
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe
from tests.supernet.parents import trained
from tests.training.with_callbacks import WithCallbacks

FIRST: tuple[Op, ...] = (
    MBConv(8, 5, stride=2, expanded=16),
    MBConv(8, 3, stride=2, expanded=32),
    MBConv(8, 7, stride=2, expanded=32),
)
SECOND: tuple[Op, ...] = (*(MBConv(8, kernel, expanded=16, residual=True) for kernel in (3, 5)), Skip())
SPACE = LayerwiseSpace("toy", Shape(3, 8, 8), ((Conv(8, 3),), FIRST, SECOND, (Classifier(10),)))


def _module(seed: int = 0, init: Init = "random", paths: int = 2) -> SandwichModule:
    parent = SPACE.network([1, 0])
    things = {SEED: lambda: seed, PARENT: lambda: inherited(SPACE, parent, trained(parent))}
    return Sandwich(paths, init=init).module(SPACE, Recipe(3, 256, 0.05), Given(things))


def test_largest_and_smallest_are_told_by_multiply_adds() -> None:
    assert extremes(SPACE) == ((2, 1), (0, 2))


def test_of_as_many_multiply_adds_the_parameters_decide_then_the_order() -> None:
    """An activation changes neither."""
    se = SqueezeExcite()
    alike = (MBConv(8, 3, expanded=16), MBConv(8, 3, expanded=16, act="relu6"), MBConv(8, 3, expanded=16, se=se))
    space = LayerwiseSpace("alike", Shape(3, 8, 8), ((Conv(8, 3),), alike[:2], alike, (Classifier(10),)))
    assert extremes(space) == ((0, 2), (0, 0))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_the_paths_of_a_step_are_the_largest_the_smallest_and_random_ones(count: int, seed: int) -> None:
    paths = sandwich_paths((3, 3), np.random.default_rng(seed), (2, 1), (0, 2), count)
    assert paths[:2].tolist() == [[2, 1], [0, 2]]
    assert paths[2:].shape == (count, 2)
    assert ((paths >= 0) & (paths < 3)).all()


def test_all_options_are_drawn() -> None:
    drawn = [sandwich_paths((3, 2), np.random.default_rng([0, step]), (0, 0), (0, 0), 2) for step in range(100)]
    random = np.concatenate([paths[2:] for paths in drawn])
    assert {tuple(path) for path in random.tolist()} == {(first, second) for first in range(3) for second in range(2)}


class Gradients(pl.Callback):
    """Keeps the gradients that the optimizer is given."""

    def on_before_optimizer_step(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *others: object) -> None:
        self.of = {name: one.grad.clone() for name, one in pl_module.named_parameters() if one.grad is not None}


def _batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(6, 3, 8, 8, generator=generator, dtype=torch.float64), torch.arange(6)


def _gradients(module: SandwichModule) -> dict[str, Tensor]:
    kept = Gradients()
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        precision="64-true",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[kept],
    )
    trainer.fit(module, DataLoader(TensorDataset(*_batch()), batch_size=6))
    return kept.of


def _alone(path: list[int], weights: dict[str, Tensor], soft: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
    """Gradients and outputs of one path, built on its own; with soft labels or with the images' own."""
    network = SPACE.network(path).build().double()
    prefixes = [f"layers.{place}.{option}." for place, option in enumerate([0, *path, 0])]
    for layer, prefix in zip(network, prefixes, strict=True):
        own = {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}
        layer.load_state_dict(own)
    images, labels = _batch()
    logits = network(images)
    wanted = nn.functional.one_hot(labels, 10).double() if soft is None else soft
    (-(wanted * logits.log_softmax(1)).sum(1).mean()).backward()
    gradients = {
        f"supernet.{prefix}{name}": weight.grad
        for layer, prefix in zip(network, prefixes, strict=True)
        for name, weight in layer.named_parameters()
        if weight.grad is not None
    }
    return gradients, logits.detach()


@pytest.mark.parametrize("init", ["random", "inherit"])
def test_the_gradient_of_a_step_is_the_sum_of_the_paths_losses(init: Init) -> None:
    """The largest path's own part is that of its labels alone: its outputs teach, and are not taught."""
    torch.manual_seed(0)
    module = _module(seed=3, init=init)
    weights = {name: tensor.double() for name, tensor in module.supernet.state_dict().items()}
    found = _gradients(module)

    drawn = np.random.default_rng([3, 0]).integers((3, 3), size=(2, 2)).tolist()
    expected, logits = _alone([2, 1], weights, None)
    for path in ([0, 2], *drawn):
        own, _ = _alone(path, weights, logits.softmax(1))
        for name, gradient in own.items():
            expected[name] = expected.get(name, torch.zeros_like(gradient)) + gradient
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-9, atol=1e-12)


def test_no_gradient_of_the_distillation_reaches_the_largest_path_alone() -> None:
    """Without random paths, candidates of only the largest path have the gradient of its labels."""
    torch.manual_seed(0)
    module = _module(paths=0)
    weights = {name: tensor.double() for name, tensor in module.supernet.state_dict().items()}
    found, (expected, _) = _gradients(module), _alone([2, 1], weights, None)
    own = {name for name in expected if name.startswith(("supernet.layers.1.2.", "supernet.layers.2.1."))}
    assert len(own) == 18
    for name in own:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-9, atol=1e-12)


class Watch(pl.Callback):
    """Keeps the path of every forward pass; stops the run after some steps."""

    def __init__(self, steps: int | None = None) -> None:
        self.steps, self.paths = steps, list[Architecture]()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        pl_module.supernet.register_forward_pre_hook(lambda _, inputs: self.paths.append(tuple(map(int, inputs[1]))))

    def on_train_batch_end(self, *others: object) -> None:
        if len(self.paths) == 4 * (self.steps or 0) > 0:
            raise RuntimeError("power cut")


def _train(folder: Path, steps: int | None = None) -> tuple[Watch, dict[str, Tensor]]:
    """A run of 3 epochs of 4 batches that writes a checkpoint after every step."""
    watch = Watch(steps)
    data = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
    training = Training(WithCallbacks(others=(watch,)), CsvLog(), 1, 1e-9)
    module = training.fit(
        lambda: _module(init="inherit"), data.train_loader(256, 1), Recipe(3, 256, 0.05), folder, "fit"
    )
    return watch, module.supernet.state_dict()


def test_a_resumed_run_that_inherits_ends_as_the_undisturbed_one(tmp_path: Path) -> None:
    undisturbed, expected = _train(tmp_path / "undisturbed")
    assert len(undisturbed.paths) == 48
    for steps in (6, 9):
        with pytest.raises(RuntimeError, match="power cut"):
            _train(tmp_path / f"{steps}", steps)
        resumed, found = _train(tmp_path / f"{steps}")
        assert resumed.paths == undisturbed.paths[4 * (steps - 1) :]  # the last step was not yet written
        assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"paths": -1}, "Sandwich: paths must be a whole number, 0 or more, not -1"),
        ({"shared_lr": 0.0}, "Sandwich: shared_lr must be a number above 0, not 0.0"),
        ({"init": "flase"}, "Sandwich: init must be one of random, zero, inherit, not 'flase'"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Sandwich(**settings)  # type: ignore[arg-type]
