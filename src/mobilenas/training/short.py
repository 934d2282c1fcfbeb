"""Trains a single network for a short time, and scores it on the split ``search``."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from mobilenas.data import TaskData
from mobilenas.evaluation import Architecture
from mobilenas.network.spec import NetworkSpec
from mobilenas.task.learner import score_of
from mobilenas.training.accuracy import recalibrate
from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.callbacks import SeedSteps
from mobilenas.training.divergence import FiniteSteps
from mobilenas.training.interruption import interruptions
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from mobilenas.training.teacher import Teacher

_QUIET: dict[str, Any] = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}
_ALONE: dict[str, Any] = {"devices": 1, "strategy": "auto"}  # whatever trains the networks that are chosen


class TrainerFactory(Protocol):
    """The settings of a Trainer."""

    @property
    def identity(self) -> object:
        """What results depend on, as plain values."""

    def limit(self, batches: int) -> float | None:
        """Returns the number or the share of batches in an epoch of a loader that has this number of batches."""

    def make(self, **more: Any) -> pl.Trainer:
        """Makes a Trainer with these settings, and ``more`` of Lightning's settings, which take precedence."""


@dataclass(frozen=True)
class ShortTraining:
    """A short training without checkpoints; if it is stopped, it begins again from scratch.

    Args:
        data: trains on ``train``, scores on ``search``
        recipe: the recipe of the training
        trainer: makes the Trainer
        batch_size: images in one forward pass when accuracy is measured
        calibration_images: number of training images that batch norms are recalibrated on
        steps: largest number of steps; all steps of the recipe by default
        teacher: the network that teaches the networks
    """

    data: TaskData
    recipe: Recipe
    trainer: TrainerFactory
    batch_size: int
    calibration_images: int
    steps: int = -1
    teacher: Teacher | None = None

    def fit(self, network: NetworkSpec, seed: int, weights: Mapping[str, Tensor] | None = None) -> nn.Module:
        """Returns the trained network in eval mode, on its device, with recalibrated batch norms.

        Args:
            network: the network to train
            seed: seed of the initial weights and every step's random numbers
            weights: initial weights instead of random ones

        Raises:
            DivergedError: a gradient or a weight is not finite
        """
        keep_freed_memory()
        pl.seed_everything(seed, verbose=False)
        teacher = self.teacher and self.teacher.of(self.data.normalization)
        module = Retrain(network, self.recipe, weights, teacher=teacher)
        callbacks = [SeedSteps(seed), FiniteSteps("the short training", self.recipe.on_nan)]
        loader = self.data.train_loader(self.recipe.batch_size, seed)
        limits = {"max_epochs": self.recipe.epochs, "max_steps": self.steps, "callbacks": callbacks}
        trainer = self.trainer.make(**_QUIET | _ALONE | limits, limit_train_batches=self.trainer.limit(len(loader)))
        with interruptions(trainer):
            trainer.fit(module, loader)
        return self._calibrated(module.network.float(), trainer.strategy.root_device)

    def loaded(self, network: NetworkSpec, weights: Mapping[str, Tensor]) -> nn.Module:
        """Returns the network with these weights, as ``fit`` does, without any training."""
        module = network.build()
        module.load_state_dict(weights)
        return self._calibrated(module, self.trainer.make(**_QUIET | _ALONE).strategy.root_device)

    def _calibrated(self, network: nn.Module, device: torch.device) -> nn.Module:
        network = network.to(device).to(memory_format=torch.channels_last)
        recalibrate(network.eval(), self.data.calibration_batches(self.calibration_images, self.batch_size), device)
        return network

    def accuracy(self, spec: NetworkSpec, network: nn.Module) -> float:
        """Returns the accuracy of a network on the split ``search``, in [0, 1]."""
        batches, device = self.data.eval_loader("search", self.batch_size), next(network.parameters()).device
        return score_of(spec, network, batches, device).value


def attempt(score: Callable[[], float]) -> tuple[float, str | None]:
    """Returns the score, or 0 and the reason: the training diverged, ran out of memory, or crashed."""
    try:
        return score(), None
    except FloatingPointError as error:
        return 0.0, f"diverged: {error}"
    except (MemoryError, RuntimeError) as error:  # torch's out-of-memory errors are among the latter
        return 0.0, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def seed_of(seed: int, architecture: Architecture) -> int:
    """Returns a seed that depends on the run's seed and the architecture."""
    digest = hashlib.sha256(f"{seed} {architecture}".encode()).digest()
    return int.from_bytes(digest[:4], "little")
