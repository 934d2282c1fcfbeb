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


LARGEST_BATCH = 256
"""The largest number of images whose statistics are averaged, so that a large batch fits into memory."""


def trained(run: Run, recipe: Recipe, spec: NetworkSpec, folder: Path, splits: Sequence[str]) -> nn.Sequential:
    """Returns the network after training by a recipe, on the CPU in eval mode, and writes its weights.

    The statistics of its batch norms are computed from training images, because the running averages of a short
    training still contain their initial values.
    """
    from mobilenas.files.tensors import write_tensors
    from mobilenas.training.retrain import Retrain
    from mobilenas.training.weights import WEIGHTS, about_weights

    loader = run.data.train_loader(recipe.batch_size, run.seed, splits)
    module = run.training.fit(lambda: Retrain(spec, recipe), loader, recipe, folder, spec.name)
    assert isinstance(module, Retrain)
    network = module.network.float().eval()
    if recipe.calibration_images:
        _recalibrate(network, run, recipe.calibration_images, recipe.batch_size)
    network = network.to("cpu")
    about = about_weights(spec, run.data.normalization, run.data.classes)
    write_tensors(folder / WEIGHTS, network.state_dict(), about)
    return network


def _recalibrate(network: nn.Module, run: Run, images: int, batch_size: int) -> None:
    from mobilenas.training.accuracy import recalibrate

    device = run.training.device
    batches = run.data.calibration_batches(images, min(batch_size, LARGEST_BATCH))
    recalibrate(network.to(device), batches, device)


def remove_checkpoints(folder: Path) -> None:
    """Removes the checkpoints of a training whose result is written."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
