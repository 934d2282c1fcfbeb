"""Warns if given weights have been trained on images that shall score networks here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mobilenas.algorithm import Algorithm
from mobilenas.evaluator import SUPERNET, TEACHER
from mobilenas.files.paths import path_of
from mobilenas.pipeline.settings import Settings
from mobilenas.stages import RetrainStage, Run

if TYPE_CHECKING:
    from mobilenas.data.marks import Marks

log = logging.getLogger(__name__)


def warn_of_seen(settings: Settings, run: Run, retrain: RetrainStage, names: set[str]) -> None:
    """Warns for each split that scores, and for each setting that names weights.

    Args:
        settings: the settings of the run
        run: its images, the given weights and the teacher
        retrain: knows what the chosen networks begin with
        names: the stages that are asked for and not complete
    """
    trained = _of_trained(settings, run, retrain)
    if names & {"search", "adapt"}:
        _warn(run, "search", of_scores(settings, run))
    elif settings.recipe.keep_best and names & {"retrain", "seed", "parent"}:
        _warn(run, "search", trained)
    if "retrain" in names:
        _warn(run, "test", trained)


def of_scores(settings: Settings, run: Run) -> Mapping[str, Marks]:
    """Returns the marks of the images that have trained the weights behind a search's scores, by their setting."""
    scoring = settings.evaluator
    by_supernet = SUPERNET in scoring.needs and isinstance(settings.algorithm, Algorithm)
    if by_supernet and scoring.given_weights:
        from mobilenas.training.weights import marks_of_file

        path = path_of(scoring.given_weights)
        return {f"evaluator.weights={scoring.given_weights}": marks_of_file(path)}
    inherits = by_supernet and not scoring.given_weights and settings.method.init == "inherit"
    inherits = inherits or (scoring.inherits and isinstance(settings.algorithm, Algorithm))
    found = _of_teacher(settings, run) if inherits or settings.netadapt or TEACHER in scoring.needs else {}
    if run.weights and (inherits or (settings.netadapt and settings.recipe.init != "random")):
        found[f"weights={settings.weights}"] = run.weights.trained_on
    return found


def _of_trained(settings: Settings, run: Run, retrain: RetrainStage) -> Mapping[str, Marks]:
    """Returns the marks of the images that have trained what the networks begin with before this run."""
    begin, found = retrain.weights_from, _of_teacher(settings, run)
    of_supernet = begin == "supernet" and settings.method.init == "inherit"
    of_seed = begin == "adapted" and settings.recipe.init != "random"
    if run.weights and (begin in ("given", "inherited") or of_supernet or of_seed):
        found[f"weights={settings.weights}"] = run.weights.trained_on
    return found


def _of_teacher(settings: Settings, run: Run) -> dict[str, Marks]:
    return {f"recipe.teacher={settings.recipe.teacher}": run.teacher.trained_on} if run.teacher else {}


def _warn(run: Run, split: str, before: Mapping[str, Marks]) -> None:
    how = "the same split, and recipe.keep_best=true for a network" if split == "search" else "the same split"
    for setting, marks in before.items():
        if count := run.data.seen(split, marks):
            log.warning(
                "%s: these weights have been trained on %d of the %d images of the split %s, so that accuracy on it is"
                " too high: give weights whose training left them out (%s).",
                setting,
                count,
                run.data.sizes[split],
                split,
                how,
            )
