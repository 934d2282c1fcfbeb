"""Strict fairness: what one step uses, and what its gradient is."""

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from mobilenas.method import Fair, PathsModule, fair_paths
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.settings import SEED, given
from mobilenas.training.recipe import Recipe


@pytest.fixture
def space() -> LayerwiseSpace:
    return MoGA(width=0.25, stages=2, blocks=2, hidden=0.0625, unstrided=2, dropout=0.0).space(4, 8)


class Gradients(pl.Callback):
    """Keeps the gradients that the optimizer is given."""

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        self.of = {
            name: weight.grad.clone() for name, weight in pl_module.named_parameters() if weight.grad is not None
        }


def _batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    images = torch.randn(6, 3, 8, 8, generator=generator, dtype=torch.float64)
    return images, torch.randint(0, 4, (6,), generator=generator)


def _fair(space: LayerwiseSpace, recipe: Recipe, seed: int, **settings: float) -> PathsModule:
    return Fair(**settings).module(space, recipe, given((SEED, seed)))


def _fit(method: PathsModule, *callbacks: pl.Callback) -> None:
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        precision="64-true",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=list(callbacks),
    )
    trainer.fit(method, DataLoader(TensorDataset(*_batch()), batch_size=6))


@pytest.mark.parametrize("seed", range(5))
def test_the_paths_of_a_step_use_every_candidate_of_every_layer_once(seed: int) -> None:
    paths = fair_paths([12] * 14, np.random.default_rng(seed))
    assert paths.shape == (12, 14)
    for column in paths.T:
        assert sorted(column) == list(range(12))


def test_a_layer_with_fewer_candidates_uses_them_as_evenly_as_can_be() -> None:
    column = fair_paths([9, 4], np.random.default_rng(0))[:, 1]
    assert sorted(np.bincount(column)) == [2, 2, 2, 3]


def test_layers_draw_their_permutations_independently() -> None:
    paths = fair_paths([12] * 14, np.random.default_rng(0))
    assert len({tuple(column) for column in paths.T}) == 14


def test_a_step_runs_each_candidate_exactly_once(space: LayerwiseSpace) -> None:
    method = _fair(space, Recipe(1, 6, 0.1), seed=0)
    runs: dict[str, int] = {}
    for position in space.choice_blocks:
        for option, candidate in enumerate(method.supernet.layers[position]):  # type: ignore[arg-type]
            name = f"{position}/{option}"
            candidate.register_forward_hook(lambda *_, name=name: runs.update({name: runs.get(name, 0) + 1}))
    _fit(method)
    assert runs == {f"{position}/{option}": 1 for position in space.choice_blocks for option in range(12)}


def test_the_gradient_of_a_step_is_the_sum_over_its_sub_networks(space: LayerwiseSpace) -> None:
    torch.manual_seed(0)
    method = _fair(space, Recipe(1, 6, 0.1), seed=3)
    weights = {name: tensor.double() for name, tensor in method.supernet.state_dict().items()}
    gradients = Gradients()
    _fit(method, gradients)

    expected: dict[str, Tensor] = {}
    for path in fair_paths(space.options, np.random.default_rng([3, 0])):
        for name, gradient in _alone(space, path.tolist(), weights).items():
            expected[name] = expected.get(name, torch.zeros_like(gradient)) + gradient
    assert gradients.of.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(gradients.of[name], gradient, rtol=1e-9, atol=1e-12)


def _alone(space: LayerwiseSpace, path: list[int], weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The gradient of one sub-network, built on its own from the space's description."""
    chosen = dict(zip(space.choice_blocks, path, strict=True))
    prefixes = [f"layers.{position}.{chosen.get(position, 0)}." for position in range(len(space.positions))]
    network = space.network(path).build().double()
    for layer, prefix in zip(network, prefixes, strict=True):
        own = {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}
        layer.load_state_dict(own)
    images, labels = _batch()
    nn.functional.cross_entropy(network(images), labels).backward()
    return {
        f"supernet.{prefix}{name}": weight.grad
        for layer, prefix in zip(network, prefixes, strict=True)
        for name, weight in layer.named_parameters()
        if weight.grad is not None
    }


def test_the_paths_depend_on_the_seed_and_the_step_alone(space: LayerwiseSpace) -> None:
    drawn = [fair_paths(space.options, np.random.default_rng([seed, step])) for seed, step in [(0, 7), (0, 7), (0, 8)]]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_fixed_layers_learn_at_their_share_of_the_rate(space: LayerwiseSpace) -> None:
    recipe = Recipe(1, 6, 0.1, momentum=0.0, schedule="exponential")
    method = _fair(space, recipe, seed=0, shared_lr=0.25).double()
    before = {name: weight.clone() for name, weight in method.named_parameters()}
    gradients = Gradients()
    _fit(method, gradients)
    shared = {id(weight) for weight in method.supernet.shared_parameters()}
    for name, weight in method.named_parameters():
        rate = 0.025 if id(weight) in shared else 0.1
        torch.testing.assert_close(weight, before[name] - rate * gradients.of[name])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"shared_lr": 0.0}, "Fair: shared_lr must be a number above 0, not 0.0"),
        ({"shared_lr": "abc"}, "Fair: shared_lr must be a number above 0, not 'abc'"),
        ({"init": "flase"}, "Fair: init must be one of random, zero, inherit, not 'flase'"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Fair(**settings)
