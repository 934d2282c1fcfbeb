"""Warns if given weights have been trained on images that shall score networks here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mobilenas.files.paths import path_of
from mobilenas.pipeline.settings import Settings
from mobilenas.stages import Run

if TYPE_CHECKING:
    from mobilenas.data.marks import Marks

log = logging.getLogger(__name__)


def warn_of_seen(settings: Settings, run: Run, names: set[str]) -> None:
    """Warns for each split that scores, and for each setting that names weights.

    Args:
        settings: the settings of the run
        run: its images, the given weights and the teacher
        names: the stages that are asked for and not complete
    """
    for setting, marks in _given(settings, run, names):
        if names & {"search", "adapt"} or settings.recipe.keep_best:
            _warn(run, setting, marks, "search", "a training with recipe.keep_best=true leaves these images out")
        if "retrain" in names:
            _warn(run, setting, marks, "test", "give weights that were trained without them")


def _given(settings: Settings, run: Run, names: set[str]) -> Iterator[tuple[str, Marks]]:
    """Yields settings that name weights, with the marks of the images that have trained these."""
    if run.weights:
        yield f"weights={settings.weights}", run.weights.trained_on
    if run.teacher:
        yield f"recipe.teacher={settings.recipe.teacher}", run.teacher.trained_on
    if (supernet := settings.evaluator.given_weights) and "search" in names:
        from mobilenas.files.tensors import read_about
        from mobilenas.training.weights import trained_on

        path = path_of(supernet)
        yield f"evaluator.weights={supernet}", trained_on(read_about(path), path)


def _warn(run: Run, setting: str, marks: Marks, split: str, way_out: str) -> None:
    if count := run.data.seen(split, marks):
        log.warning(
            "%s: these weights have been trained on %d of the %d images of the split %s, so that accuracy on it is too"
            " high: %s.",
            setting,
            count,
            run.data.sizes[split],
            split,
            way_out,
        )
