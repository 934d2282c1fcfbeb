"""A training as each of its processes runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytorch_lightning as pl
from pytorch_lightning.loggers import Logger

from mobilenas.training.callbacks import KeepDivision, QuietProcesses, callbacks_of
from mobilenas.training.divergence import ClipGradients
from mobilenas.training.division import Division
from mobilenas.training.interruption import interruptions

if TYPE_CHECKING:
    from mobilenas.training.keep_best import Scored
    from mobilenas.training.recipe import Recipe
    from mobilenas.training.trainer_settings import TrainerSettings


class Loader(Protocol):
    """Hands out the batches of an epoch."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[object]: ...

    def in_parts(self, parts: int) -> Loader: ...


@dataclass(frozen=True)
class Fit:
    """A module and everything that trains it, which can be sent to other processes.

    Args:
        module: the module with its initial weights
        batches: the training loader
        recipe: the epochs and the moving average
        name: name of the training in messages
        seed: seed of every step's random numbers
        checkpoint_minutes: minutes between checkpoints within an epoch
        rate: factor of the recipe's learning rate
        score: scores the module's state after each epoch, so that the best one is kept; None keeps the last one
        settings: the precision, and the images that a device takes at once
    """

    module: pl.LightningModule
    batches: Loader
    recipe: Recipe
    name: str
    seed: int
    checkpoint_minutes: float
    rate: float
    score: Scored | None
    settings: TrainerSettings

    @property
    def division(self) -> Division:
        """How a batch is divided."""
        automatic = self.module.automatic_optimization
        parts = self.settings.parts(self.recipe.batch_size) if automatic else 1
        return Division(self.settings.processes, parts)

    def run(
        self,
        last: Path,
        goes_on: bool,
        logger: Logger,
        bar: pl.Callback,
        written: Callable[[Path], None] | None = None,
        **more: Any,
    ) -> None:
        """Trains to the end of the recipe.

        Args:
            last: path of the checkpoint
            goes_on: whether the training begins with it
            logger: takes the metrics
            bar: shows the progress
            written: is called with the path of each checkpoint that was written, in the first process
            more: more settings of Lightning's Trainer

        Raises:
            KeyboardInterrupt: the training was stopped
            DivergedError: a gradient or a weight is not finite
        """
        parts = self.division.parts
        batches = self.batches.in_parts(parts) if parts > 1 else self.batches
        callbacks = [bar, *self._callbacks(last, written)]
        trainer = self.settings.make(
            **self._lightnings(len(batches)) | {"callbacks": callbacks, "logger": logger} | more
        )
        with interruptions(trainer):
            trainer.fit(self.module, batches, ckpt_path=last if goes_on else None, weights_only=True)

    def _callbacks(self, last: Path, written: Callable[[Path], None] | None) -> list[pl.Callback]:
        callbacks = callbacks_of(
            self.recipe, last, self.name, self.seed, self.checkpoint_minutes, self.rate, self.score, written
        )
        largest = self.settings.gradient_clip_val
        if largest and not self.module.automatic_optimization:
            callbacks.append(ClipGradients(largest))
        return [QuietProcesses(), KeepDivision(self.division), *callbacks]

    def _lightnings(self, batches: int) -> dict[str, Any]:
        """Returns settings of Lightning's Trainer for a number of batches in an epoch, each part counted as one."""
        settings, parts, automatic = self.settings, self.division.parts, self.module.automatic_optimization
        limit = settings.limit(batches // parts)
        return {
            "max_epochs": self.recipe.epochs,
            "gradient_clip_val": settings.gradient_clip_val if automatic else None,
            "limit_train_batches": limit * parts if isinstance(limit, int) else limit,
            "accumulate_grad_batches": parts * settings.accumulate_grad_batches,  # one of both is 1
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "log_every_n_steps": 10,
        }
