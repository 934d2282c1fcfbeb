"""Checks, before any long work, that trainings begin with the weights that are given, and with those that are there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from mobilenas.evaluator import SUPERNET
from mobilenas.pipeline.settings import Settings
from mobilenas.stages import RetrainStage, Run, Stage
from mobilenas.training.recipe import OF_WEIGHTS

log = logging.getLogger(__name__)


def beginnings(settings: Settings, stages: Sequence[Stage], overrides: Sequence[str]) -> Iterator[str]:
    """Yields weights of a supernet that is not there, and warns about settings without effect on new weights."""
    own = any(stage.name == "supernet" and not stage.unneeded for stage in stages)
    if settings.recipe.init == "supernet" and not own:
        yield (
            "recipe.init=supernet needs a supernet of this run: choose evaluator=supernet without evaluator.weights, or"
            " set recipe.init=random."
        )
    retrain = next(stage for stage in stages if isinstance(stage, RetrainStage))
    if retrain.weights_from == "random" and not settings.netadapt:
        names = [f"recipe.{name}" for name in OF_WEIGHTS]
        for override in (one for one in overrides if one.partition("=")[0].lstrip("+") in names):
            log.warning("%s has no effect, because the networks begin with new weights.", override)
    if not settings.recipe.teacher:
        for override in (one for one in overrides if one.lstrip("+").startswith("recipe.teacher_")):
            log.warning("%s has no effect, because there is no teacher: set recipe.teacher.", override)


def unused_weights(settings: Settings, run: Run) -> Iterator[str]:
    """Yields given weights with which no stage begins."""
    by_supernet = settings.method.init == "inherit" and SUPERNET in settings.evaluator.needs
    inherits = by_supernet or settings.evaluator.inherits
    if run.parent and run.weights and not inherits and settings.recipe.init in ("random", "supernet"):
        yield (
            f"weights={settings.weights} has no effect, because neither the supernet nor the networks begin with them:"
            " set method.init=inherit or recipe.init=given, or leave out the weights."
        )
    if run.networks and run.weights and settings.recipe.init == "random":
        yield (
            f"weights={settings.weights} has no effect, because the training begins with new weights: leave out"
            " recipe.init=random, or the weights."
        )
