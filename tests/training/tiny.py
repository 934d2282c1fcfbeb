"""A tiny network with weights, tiny images, and fits of it, for tests of trainings that begin with weights."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from mobilenas.data import Augment, Digits, ImageData
from mobilenas.network import NetworkSpec
from mobilenas.search_space import MoGA
from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Retrain, Teacher, Training
from mobilenas.training.keep_best import Scored
from tests.training.with_callbacks import WithCallbacks

SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se")).space(10, 8)
SPEC = SPACE.network((0, 1))


@cache
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(padding=1), search_images=0.2, test_share=0.2, split_seed=0).load()


def begin(spec: NetworkSpec = SPEC) -> dict[str, Tensor]:
    """Weights whose batch norms have statistics of their own."""
    torch.manual_seed(7)
    network = spec.build()
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.1, 0.1)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
            part.num_batches_tracked.fill_(5)
    return network.state_dict()


def new(spec: NetworkSpec = SPEC) -> tuple[str, ...]:
    """The names of the tensors of the last linear layer."""
    return tuple(spec.build().state_dict())[-2:]


def teacher(spec: NetworkSpec = SPEC) -> Teacher:
    torch.manual_seed(11)
    return Teacher(spec.build(), spec.classes, data().normalization, "a teacher")


class States(pl.Callback):
    """Keeps the state of the module that trains after each step."""

    def __init__(self) -> None:
        self.found: list[dict[str, Tensor]] = []

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *others: object) -> None:
        assert isinstance(pl_module, Retrain)
        self.found.append({name: one.clone() for name, one in pl_module.network.state_dict().items()})


def fit(
    recipe: Recipe,
    folder: Path,
    *callbacks: pl.Callback,
    start: Mapping[str, Tensor] | None = None,
    fresh: Collection[str] = (),
    taught_by: Teacher | None = None,
    score: Scored | None = None,
    minutes: float = 60.0,
) -> dict[str, Tensor]:
    """Returns the state of the network after a fit on the 1,150 training digits."""
    training = Training(WithCallbacks(others=callbacks), CsvLog(), 1, minutes)
    module = training.fit(
        lambda: Retrain(SPEC, recipe, start, fresh, taught_by), data().train_loader(recipe.batch_size, 1), recipe,
        folder, "fit", score,
    )  # fmt: skip
    assert isinstance(module, Retrain)
    return module.network.state_dict()


def different(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> Sequence[str]:
    """The names of the tensors that are not equal to the last bit."""
    assert one.keys() == other.keys()
    return [name for name, tensor in one.items() if not torch.equal(tensor, other[name])]


def statistics(state: Mapping[str, Tensor]) -> set[str]:
    """The names of the statistics of batch norms."""
    return {name for name in state if name.endswith(("running_mean", "running_var", "num_batches_tracked"))}


def kernels(state: Mapping[str, Tensor]) -> set[str]:
    """The names of the weights of convolutions and linear layers, which every step changes."""
    return {name for name, one in state.items() if one.ndim > 1}
