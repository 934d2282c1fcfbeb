"""The settings of each kind of evaluator."""

from dataclasses import dataclass, replace

from mobilenas.settings.checks import check_factor, check_positive
from mobilenas.training.recipe import Recipe


@dataclass(frozen=True)
class Scoring:
    """How architectures are scored.

    Args:
        batch_size: images a forward pass when accuracy is counted
    """

    batch_size: int


@dataclass(frozen=True)
class SupernetScoring(Scoring):
    """How architectures are scored with a supernet's weights.

    Args:
        calibration_images: training images that a path's batch norms are recalibrated on
        batch_size: images a forward pass
        random_architectures: so many are scored when the supernet is trained, to show that it has learned
        weights: a supernet trained elsewhere, in place of this run's own
    """

    calibration_images: int
    batch_size: int
    random_architectures: int = 50
    weights: str | None = None

    def __post_init__(self) -> None:
        check_positive("evaluator", calibration_images=self.calibration_images, batch_size=self.batch_size)
        check_positive("evaluator", random_architectures=self.random_architectures)


@dataclass(frozen=True)
class ProxyScoring(Scoring):
    """How architectures are scored by a short training.

    Args:
        epochs: of each network's training
        warmup_epochs: of these, in place of the recipe's
        batch_size: images a forward pass when accuracy is counted
        calibration_images: training images that batch norms are recalibrated on; the running averages of a short
            training still hold what they began with
        train_images: that each network is trained on, a number or below 1 a share; all by default
    """

    epochs: int
    warmup_epochs: int
    calibration_images: int
    train_images: float | None = None

    def __post_init__(self) -> None:
        check_positive("proxy_task", epochs=self.epochs, batch_size=self.batch_size)
        check_positive("proxy_task", calibration_images=self.calibration_images)
        if self.train_images is not None:
            check_factor("proxy_task", train_images=self.train_images)
        if not 0 <= self.warmup_epochs < self.epochs:
            raise ValueError(
                f"proxy_task: warmup_epochs must be from 0 to below the {self.epochs} epochs, not {self.warmup_epochs}."
            )

    def shortened(self, recipe: Recipe) -> Recipe:
        """The recipe for so few epochs; a moving average would still hold the initial weights after them."""
        return replace(recipe, epochs=self.epochs, warmup_epochs=self.warmup_epochs, ema_decay=None)
