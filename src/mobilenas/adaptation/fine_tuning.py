"""How a network with truncated weights is trained before it is scored."""

from dataclasses import dataclass, replace

from mobilenas.adaptation.truncation import Keep, check_keep
from mobilenas.settings.checks import check_factor, check_positive
from mobilenas.training.recipe import Recipe


@dataclass(frozen=True)
class FineTuning:
    """How a network with truncated weights is trained before it is scored (MobileNetV3 Sec. 4.2).

    Args:
        steps: T, of each
        lr_share: constant learning rate, as a share of the recipe's highest
        keep: the channels that stay: ``norm``, those whose filters have the largest norm, or the ``first``
        calibration_images: training images that batch norms are recalibrated on
        batch_size: images a forward pass when accuracy is counted
    """

    steps: int = 10_000
    lr_share: float = 0.1
    keep: Keep = "norm"
    calibration_images: int = 4096
    batch_size: int = 512

    def __post_init__(self) -> None:
        check_positive("fine_tuning", steps=self.steps, batch_size=self.batch_size)
        check_positive("fine_tuning", calibration_images=self.calibration_images)
        check_factor("fine_tuning", lr_share=self.lr_share)
        check_keep(self.keep)

    def constant(self, recipe: Recipe) -> Recipe:
        """The recipe for so many steps at a constant learning rate, without a moving average."""
        return replace(
            recipe, epochs=self.steps, lr=self.lr_share * recipe.lr, warmup_epochs=0, schedule="exponential", decay=1.0,
            ema_decay=None,
        )  # fmt: skip
