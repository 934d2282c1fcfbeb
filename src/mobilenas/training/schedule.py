"""The learning rate over the epochs of a training."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobilenas.training.recipe import Recipe


def lr_factor(recipe: Recipe, epoch: float) -> float:
    """Returns the learning rate divided by ``lr`` after a number of epochs, fractions included."""
    if epoch < recipe.warmup_epochs:
        return epoch / recipe.warmup_epochs
    if recipe.schedule == "exponential":
        return float(recipe.decay ** (epoch // recipe.decay_epochs))
    if recipe.schedule == "steps":
        return float(recipe.decay ** sum(epoch >= share * recipe.epochs for share in recipe.milestones))
    progress = min(1.0, (epoch - recipe.warmup_epochs) / max(recipe.epochs - recipe.warmup_epochs, 1e-9))
    if recipe.schedule == "cosine":
        return (1 + cos(pi * progress)) / 2
    if progress < 0.3:
        return 0.04 + 0.96 * (1 - cos(pi * progress / 0.3)) / 2
    return (1 + cos(pi * (progress - 0.3) / 0.7)) / 2
