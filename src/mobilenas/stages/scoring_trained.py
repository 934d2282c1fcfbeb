"""Trains networks of a stage and scores each on images that no stage has seen; a network is trained once."""

from __future__ import annotations

import logging
from pathlib import Path

from mobilenas.files.hashes import digest
from mobilenas.files.record import write_record
from mobilenas.network import NetworkSpec
from mobilenas.stages.base import Run
from mobilenas.stages.given_weights import NEW, Beginning
from mobilenas.stages.predictions import write_predictions
from mobilenas.stages.retrain_record import RESULT, Result, result_of
from mobilenas.stages.trained import remove_checkpoints, trained
from mobilenas.training import Recipe
from mobilenas.training.weights import WEIGHTS

log = logging.getLogger(__name__)


def training_splits(recipe: Recipe) -> tuple[str, ...]:
    """Returns the splits that train: all except ``test``, and except ``search`` if it chooses the best epoch."""
    return ("train",) if recipe.keep_best else ("train", "search")


def train_and_score(
    run: Run, recipe: Recipe, spec: NetworkSpec, folder: Path, eval_batch_size: int, begin: Beginning = NEW
) -> None:
    """Trains a network, then scores it on ``test`` once, and writes both into a folder.

    Args:
        run: its images and its teacher train
        recipe: the recipe of the training
        spec: the network
        folder: the network's own folder
        eval_batch_size: images in one forward pass when accuracy is measured
        begin: what it begins with
    """
    from mobilenas.task.learner import score_of

    device = run.training.device
    module = trained(run, recipe, spec, folder, training_splits(recipe), begin, run.teacher)
    score = score_of(spec, module.to(device), run.data.eval_loader("test", eval_batch_size), device)
    write_predictions(spec, module, run.data, eval_batch_size, device, folder)
    by_class = dict(zip(run.data.classes, score.by_class, strict=False))
    write_record(folder / RESULT, Result(score.value, digest(folder / WEIGHTS), score.others, by_class))
    remove_checkpoints(folder)


def is_trained(folder: Path, stage: str) -> bool:
    """Returns whether a network's training is complete, with the weights whose accuracy was measured.

    Args:
        folder: the network's own folder
        stage: the name of the stage, for a warning about files that are lost
    """
    if not (folder / RESULT).exists():
        return False
    try:
        whole = result_of(folder).weights == digest(folder / WEIGHTS)
    except ValueError:
        whole = False
    if not whole:
        log.warning("%s: a file in %s is lost or damaged: the network is trained again.", stage, folder)
    return whole
