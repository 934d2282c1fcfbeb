"""Trains a network of a stage from scratch."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.network import NetworkSpec
from mobilenas.stages.base import Run
from mobilenas.training import Recipe

if TYPE_CHECKING:
    from torch import nn


def trained(run: Run, recipe: Recipe, spec: NetworkSpec, folder: Path, splits: Sequence[str]) -> nn.Sequential:
    """Returns the network after training by a recipe, on the CPU in eval mode, and writes its weights."""
    from mobilenas.training.retrain import Retrain
    from mobilenas.training.weights import WEIGHTS, save_weights

    loader = run.data.train_loader(recipe.batch_size, run.seed, splits)
    module = run.training.fit(lambda: Retrain(spec, recipe), loader, recipe, folder, spec.name)
    assert isinstance(module, Retrain)
    network = module.network.to("cpu").eval()
    save_weights(network.state_dict(), folder / WEIGHTS)
    return network


def remove_checkpoints(folder: Path) -> None:
    """Removes the checkpoints of a training whose result is written."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
