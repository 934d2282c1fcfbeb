"""Changes recipes so that few images give enough steps; what the user has set on the command line stays."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from mobilenas.pipeline.settings import Settings
from mobilenas.training import Recipe

log = logging.getLogger(__name__)

TRAINED_BY = MappingProxyType(
    {
        "recipe": ("parent", "alone", "search", "seed", "retrain", "baselines"),
        "supernet_recipe": ("supernet",),
        "quantize_recipe": ("quantize",),
    }
)
"""The recipes, and the stages that use them."""


def fitting(settings: Settings, images: int, overrides: Sequence[str]) -> Settings:
    """Returns settings with batches of half of the images, instead of batches with more images than there are.

    Args:
        settings: the settings; recipes without ``least_steps`` stay
        images: the number of training images
        overrides: the settings that the user has given on the command line
    """
    said = _names(overrides)

    def smaller(name: str, recipe: Recipe) -> Recipe:
        if not recipe.least_steps or recipe.batch_size <= images or f"{name}.batch_size" in said:
            return recipe
        fits = replace(recipe, batch_size=max(2, images // 2))
        what = f"a batch of {fits.batch_size} images instead of {recipe.batch_size}"
        _tell(settings, name, what, images, "batch_size")
        return fits

    return _changed(settings, {name: smaller(name, recipe) for name, recipe in _recipes(settings).items()})


def lengthened(settings: Settings, images: int, overrides: Sequence[str]) -> Settings:
    """Returns settings whose recipes have at least ``least_steps`` steps.

    Args:
        settings: the settings
        images: the number of training images
        overrides: the settings that the user has given on the command line
    """
    said = _names(overrides)

    def longer(name: str, recipe: Recipe) -> Recipe:
        long = recipe.lengthened(settings.trainer.steps(max(1, images // recipe.batch_size)))
        if long == recipe or (f"{name}.epochs" in said and f"{name}.least_steps" not in said):
            return recipe
        reason = f"{long.epochs} epochs instead of {recipe.epochs}, at least {recipe.least_steps} steps,"
        _tell(settings, name, reason, images, "epochs")
        return long

    return _changed(settings, {name: longer(name, recipe) for name, recipe in _recipes(settings).items()})


def _recipes(settings: Settings) -> dict[str, Recipe]:
    found = {name: getattr(settings, name) for name in TRAINED_BY}
    return {name: recipe for name, recipe in found.items() if recipe is not None}


def _names(overrides: Sequence[str]) -> Collection[str]:
    return {one.partition("=")[0].lstrip("+") for one in overrides}


def _changed(settings: Settings, recipes: Mapping[str, Any]) -> Settings:
    return replace(settings, **recipes)


def _tell(settings: Settings, name: str, what: str, images: int, setting: str) -> None:
    """Says what is changed, if a stage that is asked for uses the recipe."""
    if set(settings.stages) & set(TRAINED_BY[name]):
        why = f"because there are {images} training images; {name}.{setting}=... sets another number."
        log.info("%s: %s %s", name, what, why)
