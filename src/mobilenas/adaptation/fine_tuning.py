"""Settings of the training that a network with truncated weights gets before it is scored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from mobilenas.settings import BatchSize, Factor, Positive, settings

if TYPE_CHECKING:
    from mobilenas.training.recipe import Recipe


@settings
class FineTuning:
    """Settings of the training that a network with truncated weights gets before it is scored (MobileNetV3 Sec. 4.2).

    Args:
        steps: the paper's T, the training steps of each network
        lr_share: the constant learning rate, as a share of the recipe's highest learning rate
        keep: ``projection`` keeps the channels whose readers have the largest filters, and within a block weighs them
            by their batch norm; ``norm`` keeps those whose own filters have the largest norm, ``first`` the first ones
        calibration_images: number of training images that batch norms are recalibrated on
        batch_size: images in one forward pass when accuracy is measured
    """

    steps: Positive = 10_000
    lr_share: Factor = 0.1
    keep: Literal["projection", "norm", "first"] = "projection"
    calibration_images: Positive = 4096
    batch_size: BatchSize = 512

    def constant(self, recipe: Recipe) -> Recipe:
        """Returns the recipe with a constant learning rate and without a moving average.

        The statistics of batch norms move, because a network that is narrower than its parent has others.
        """
        return replace(
            recipe, epochs=self.steps, lr=self.lr_share * recipe.lr, warmup_epochs=0, schedule="exponential", decay=1.0,
            ema_decay=None, norm_statistics="moved",
        )  # fmt: skip
