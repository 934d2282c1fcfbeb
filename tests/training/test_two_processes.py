"""Two processes train as one process does with the batch of both, in each method.

In one process, each batch norm sees the halves of a batch one after the other, as each of the two processes sees its
own half, and keeps the statistics of the first.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Trainer, Training
from tests.training import test_training as methods
from tests.training import test_training_ddp as ddp
from tests.training import tiny

pytestmark = pytest.mark.slow

ONE = Trainer(accelerator="cpu", devices=1, precision="64-true")  # rounding is small
TWO = replace(ddp.DDP, precision="64-true")
RECIPE = Recipe(6, 256, 0.05)  # of 4 steps an epoch

_whole_batch_norm = functional.batch_norm


def _by_halves(
    input: Tensor,
    mean: Tensor | None,
    variance: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    training: bool,
    *others: float,
) -> Tensor:
    if not training:
        return _whole_batch_norm(input, mean, variance, weight, bias, training, *others)
    of_first, of_second = (mean, variance), tuple(one if one is None else one.clone() for one in (mean, variance))
    halves = zip(input.chunk(2), (of_first, of_second), strict=True)
    return torch.cat([_whole_batch_norm(half, *kept, weight, bias, True, *others) for half, kept in halves])


def _fit(name: str, trainer: Trainer, folder: Path) -> dict[str, Tensor]:
    data = tiny.data()
    batches = methods._turns(data) if "gumbel" in name else data.train_loader(RECIPE.batch_size, 1)
    training = Training(trainer, CsvLog(), 1, 60.0)
    return training.fit(lambda: methods._module(name, data), batches, RECIPE, folder, "fit").state_dict()


@pytest.mark.parametrize("name", methods.RECIPES)
def test_the_weights_are_the_same_after_24_steps(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(functional, "batch_norm", _by_halves)  # not in the processes that are started
    monkeypatch.setitem(methods.RECIPES, name, RECIPE)
    monkeypatch.setattr(methods, "SPACE", ddp.SPACE)  # without dropout, which each process draws anew
    one, two = _fit(name, ONE, tmp_path / "one"), _fit(name, TWO, tmp_path / "two")
    assert one.keys() == two.keys()
    for key, tensor in one.items():
        torch.testing.assert_close(two[key].float(), tensor.float(), rtol=1e-6, atol=1e-7, msg=key)
