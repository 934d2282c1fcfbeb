"""How a network with truncated weights is trained before it is scored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from mobilenas.settings import Factor, Positive, settings

if TYPE_CHECKING:
    from mobilenas.training.recipe import Recipe


@settings
class FineTuning:
    """How a network with truncated weights is trained before it is scored (MobileNetV3 Sec. 4.2).

    Args:
        steps: T, of each
        lr_share: constant learning rate, as a share of the recipe's highest
        keep: the channels that stay: ``norm``, those whose filters have the largest norm, or the ``first``
        calibration_images: training images that batch norms are recalibrated on
        batch_size: images a forward pass when accuracy is counted
    """

    steps: Positive = 10_000
    lr_share: Factor = 0.1
    keep: Literal["norm", "first"] = "norm"
    calibration_images: Positive = 4096
    batch_size: Positive = 512

    def constant(self, recipe: Recipe) -> Recipe:
        """The recipe for so many steps at a constant learning rate, without a moving average."""
        return replace(
            recipe, epochs=self.steps, lr=self.lr_share * recipe.lr, warmup_epochs=0, schedule="exponential", decay=1.0,
            ema_decay=None,
        )  # fmt: skip
