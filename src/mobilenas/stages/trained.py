"""Trains a network of a stage, from scratch or from given weights."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.network import NetworkSpec
from mobilenas.stages.base import Run
from mobilenas.stages.given_weights import NEW, Beginning
from mobilenas.training import Recipe

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from mobilenas.training.retrain import Retrain
    from mobilenas.training.teacher import Teacher

LARGEST_BATCH = 256
"""The largest number of images whose statistics are averaged, so that a large batch fits into memory."""


def trained(
    run: Run,
    recipe: Recipe,
    spec: NetworkSpec,
    folder: Path,
    splits: Sequence[str],
    begin: Beginning = NEW,
    teacher: Teacher | None = None,
    make: type[Retrain] | None = None,
) -> nn.Sequential:
    """Returns the network after training by a recipe, on the CPU in eval mode, and writes its weights.

    The statistics of its batch norms are computed from training images, because the running averages of a short
    training still contain their initial values.

    Args:
        run: its images and its devices train
        recipe: the recipe of the training
        spec: the network
        folder: folder for the weights, checkpoints and logs
        splits: the splits that train
        begin: what it begins with
        teacher: the network that teaches it
        make: the kind of training, by default the usual one
    """
    from mobilenas.data.marks import together
    from mobilenas.files.tensors import write_tensors
    from mobilenas.training.retrain import Retrain
    from mobilenas.training.weights import WEIGHTS, about_weights

    loader = run.data.train_loader(recipe.batch_size, run.seed, splits)
    teacher = teacher and teacher.of(run.data.normalization)
    calibrates = bool(recipe.calibration_images) and (begin.tensors is None or recipe.norm_statistics == "moved")
    score = partial(_search_accuracy, run, recipe, spec, calibrates) if recipe.keep_best else None
    kind = make or Retrain
    module = run.training.fit(
        lambda: kind(spec, recipe, begin.tensors, begin.new, teacher),
        loader,
        recipe,
        folder,
        spec.name,
        score,
    )
    assert isinstance(module, Retrain)
    network = module.plain_network()
    if calibrates:
        network = calibrated(network, run, recipe, run.training.device)
    network = network.to("cpu")
    before = (begin.trained_on, teacher.trained_on if teacher else None)
    trained_on = together(run.data.marks(splits), *(one for one in before if one is not None))
    about = about_weights(spec, run.data.normalization, run.data.classes, trained_on, run.data.ignored)
    write_tensors(folder / WEIGHTS, network.state_dict(), about)
    return network


def calibrated(network: nn.Sequential, run: Run, recipe: Recipe, device: torch.device) -> nn.Sequential:
    """Returns the network in eval mode on a device, with the statistics of training images in its batch norms."""
    import torch

    from mobilenas.training.accuracy import recalibrate

    network = network.eval().to(device).to(memory_format=torch.channels_last)
    recalibrate(network, run.data.calibration_batches(recipe.calibration_images or 0, _batch_size(recipe)), device)
    return network


def _search_accuracy(
    run: Run, recipe: Recipe, spec: NetworkSpec, calibrates: bool, state: Mapping[str, Tensor]
) -> float:
    """Returns the accuracy on the split ``search`` that a state of the training would have if it ended there."""
    import torch

    from mobilenas.task.learner import score_of

    network, device = spec.build(), next(iter(state.values())).device
    network.load_state_dict({name: state[f"network.{name}"] for name in network.state_dict()})
    network = network.eval().to(device).to(memory_format=torch.channels_last)
    if calibrates:
        network = calibrated(network, run, recipe, device)
    return score_of(spec, network, run.data.eval_loader("search", _batch_size(recipe)), device).value


def _batch_size(recipe: Recipe) -> int:
    return min(recipe.batch_size, LARGEST_BATCH)


def remove_checkpoints(folder: Path) -> None:
    """Removes the checkpoints of a training whose result is written."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
