"""The settings of the ways to score architectures, which make an evaluator."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from mobilenas.evaluator.base import (
    DATA,
    DEVICE,
    INHERITANCE,
    RECIPE,
    SPACE,
    SUPERNET,
    TEACHER,
    THREADS,
    TRAINER,
    Evaluator,
    Scoring,
)
from mobilenas.evaluator.ranking import Ranking
from mobilenas.files.hashes import digest, fingerprint
from mobilenas.settings import SEED, Factor, Given, NonEmpty, NonNegative, Positive, aside, plain, settings

if TYPE_CHECKING:
    from mobilenas.data import TaskData
    from mobilenas.training.recipe import Recipe


@settings
class SupernetScoring(Scoring):
    """The settings of scoring architectures with a supernet's weights.

    Args:
        calibration_images: number of training images that a path's batch norms are recalibrated on
        batch_size: images in one forward pass
        random_architectures: number of architectures that are scored after the supernet's training, to show that it
            has learned
        weights: file of a supernet that was trained elsewhere, instead of this run's own
        ranking: how many networks are trained alone, to measure how well the scores rank; with null it is not measured
    """

    needs = (SUPERNET, SPACE, DATA, DEVICE)

    calibration_images: Positive
    random_architectures: Positive = 50
    weights: NonEmpty | None = aside(default=None)
    ranking: Ranking | None = aside(default=None)  # no score depends on it

    @property
    def given_weights(self) -> str | None:
        return self.weights

    @property
    def ranked_by(self) -> Ranking | None:
        return self.ranking

    def evaluator(self, given: Given) -> Evaluator:
        """Returns the evaluator that scores with the weights in the given file.

        Raises:
            ValueError: there is no such file, it belongs to another space, or the space has no supernet
        """
        from mobilenas.evaluator.supernet import SupernetAccuracy, SupernetEvaluator
        from mobilenas.search_space import layerwise
        from mobilenas.supernet import load_supernet

        path, data, device = given[SUPERNET], given[DATA], given[DEVICE]
        if not path.exists():
            raise ValueError(
                f"There are no supernet weights at {path}: run the stage supernet, or set evaluator.weights."
            )
        supernet = load_supernet(layerwise(given[SPACE]), path)
        accuracy = SupernetAccuracy(supernet, data, self.calibration_images, self.batch_size, device)
        own = replace(self, weights=None, random_architectures=1)  # neither changes a score
        return SupernetEvaluator(accuracy, fingerprint([digest(path), plain(own), data.fingerprint, device.type]))

    def in_words(self, recipe: Recipe) -> str:
        return ""


@settings
class ProxyScoring(Scoring):
    """The settings of scoring architectures by a short training.

    Args:
        epochs: number of epochs of each network's training
        warmup_epochs: number of these epochs that warm up, instead of the recipe's number
        batch_size: images in one forward pass when accuracy is measured
        calibration_images: number of training images that batch norms are recalibrated on, because the running
            averages of a short training still contain their initial values
        train_images: number of images that train each network, or a share if it is below 1; all by default
        init: what each network begins with: ``random`` weights, or those ``inherited`` from the given network

    Raises:
        ValueError: the warm-up does not end within the training
    """

    needs = (SPACE, DATA, RECIPE, TEACHER, TRAINER, SEED, THREADS, DEVICE, INHERITANCE)

    epochs: Positive
    warmup_epochs: NonNegative
    calibration_images: Positive
    train_images: Factor | None = None
    init: Literal["random", "inherited"] = "random"

    def __post_init__(self) -> None:
        if self.warmup_epochs >= self.epochs:
            raise ValueError(
                f"ProxyScoring: warmup_epochs must be from 0 to below the {self.epochs} epochs, not"
                f" {self.warmup_epochs}."
            )

    def evaluator(self, given: Given) -> Evaluator:
        from mobilenas.evaluator.proxy_task import ProxyTask
        from mobilenas.training.short import ShortTraining

        data, recipe = given[DATA], self.shortened(given[RECIPE])
        training = ShortTraining(
            data.with_train_images(self.train_images) if self.train_images else data,
            recipe,
            given[TRAINER],
            self.batch_size,
            self.calibration_images,
            teacher=given[TEACHER],
        )
        inheritance = given[INHERITANCE] if self.init == "inherited" else None
        return ProxyTask(given[SPACE], training, given[SEED], self._context(given, recipe), inheritance)

    @property
    def inherits(self) -> bool:
        return self.init == "inherited"

    def shortened(self, recipe: Recipe) -> Recipe:
        """Returns the recipe for a short training, without a moving average, which would hold the initial weights."""
        from mobilenas.training.recipe import OF_WEIGHTS

        of_weights = OF_WEIGHTS if self.init == "random" else ()  # without an effect on new weights
        new = recipe.by_default(("init", *of_weights, "keep_best"))
        return replace(new, epochs=self.epochs, warmup_epochs=self.warmup_epochs, ema_decay=None)

    def in_words(self, recipe: Recipe) -> str:
        begin = ", beginning with weights inherited from the given network" if self.init == "inherited" else ""
        return f"each network trained by itself: {self.shortened(recipe).in_words()}{begin}"

    def check(self, data: TaskData, recipe: Recipe) -> None:
        images = data.with_train_images(self.train_images) if self.train_images else data
        images.train_loader(recipe.batch_size, seed=0)

    def _context(self, given: Given, recipe: Recipe) -> str:
        teacher, inheritance = given[TEACHER], given[INHERITANCE]
        begin = [inheritance.fingerprint] if self.init == "inherited" and inheritance else []
        how = [plain(self), plain(recipe), given[TRAINER].identity, given[SEED], teacher and teacher.fingerprint]
        where = [given[THREADS], given[DEVICE].type]
        return fingerprint([given[SPACE].fingerprint, given[DATA].fingerprint, how, where, *begin])
