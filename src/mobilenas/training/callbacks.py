"""Callbacks of a fit: if it is stopped at any moment, at most the work since the last checkpoint is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint

from mobilenas.files.whole import seal
from mobilenas.training.average import MovingAverage
from mobilenas.training.divergence import FiniteSteps, LowerRate
from mobilenas.training.division import Division
from mobilenas.training.keep_best import KeepBest, Scored
from mobilenas.training.loggers import quiet_lightning
from mobilenas.training.recipe import Recipe


class SeedSteps(pl.Callback):
    """Seeds torch before each batch, so that a resumed run draws what the undisturbed run would have drawn.

    Where a batch is divided among processes, each has a seed of its own, and one process that takes the same parts one
    after the other has the same seeds. In modules with manual optimization all processes draw the same paths.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        place = batch_idx * trainer.world_size + trainer.global_rank if pl_module.automatic_optimization else batch_idx
        torch.manual_seed(hash((self._seed, trainer.current_epoch, place)))


class QuietProcesses(pl.Callback):
    """Makes Lightning quiet in processes that are started for a training, which read the callbacks at their start."""

    def __reduce__(self) -> tuple[Callable[[], QuietProcesses], tuple[()]]:
        return _quiet_processes, ()


def _quiet_processes() -> QuietProcesses:
    quiet_lightning()
    return QuietProcesses()


class KeepDivision(pl.Callback):
    """Keeps in the checkpoints how a batch is divided, because a training may go on with another division."""

    def __init__(self, division: Division) -> None:
        self._division = division

    def state_dict(self) -> dict[str, Any]:
        return asdict(self._division)


class WholeCheckpoint(Checkpoint):
    """Writes a checkpoint at the end of each epoch, and within an epoch if the last one is old.

    A file that is not whole never takes the place of the last one, even if the disk is full. Lightning's callback
    moves the file from the folder for temporary files, which may be on another disk, and within an epoch it does
    nothing in modules with manual optimization.

    Args:
        path: path of the checkpoint, which is replaced in one step
        minutes: minutes between two checkpoints
        written: is called with the path of each checkpoint, in the first process
    """

    def __init__(self, path: Path, minutes: float, written: Callable[[Path], None] | None = None) -> None:
        self._path, self._seconds, self._on_written = path, 60 * minutes, written
        self._written = monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: object, batch: object, batch_idx: int
    ) -> None:
        if (batch_idx + 1) % trainer.accumulate_grad_batches:  # a checkpoint has no gradients
            return
        due = trainer.strategy.broadcast(monotonic() - self._written >= self._seconds)
        if due and not trainer.is_last_batch:
            self._write(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._write(trainer)

    def _write(self, trainer: pl.Trainer) -> None:
        new = self._path.with_suffix(".new")  # the same in all processes
        trainer.save_checkpoint(new)
        if trainer.is_global_zero:
            seal(self._path, new)
            new.replace(self._path)
            if self._on_written:
                self._on_written(self._path)
        self._written = monotonic()


def callbacks_of(
    recipe: Recipe,
    last: Path,
    name: str,
    seed: int,
    checkpoint_minutes: float,
    rate: float = 1.0,
    score: Scored | None = None,
    written: Callable[[Path], None] | None = None,
) -> list[pl.Callback]:
    """Returns the seed of each step, checkpoints, and what is kept instead of the last weights.

    Args:
        recipe: the recipe of the training
        last: path of the checkpoint
        name: name of the training in messages
        seed: seed of every step's random numbers
        checkpoint_minutes: minutes between checkpoints within an epoch
        rate: factor of the recipe's learning rate
        score: scores the weights after each epoch, so that the best ones are kept
        written: is called with the path of each checkpoint, in the first process
    """
    callbacks: list[pl.Callback] = [
        SeedSteps(seed),
        FiniteSteps(name, recipe.on_nan),
        LowerRate(rate),
        WholeCheckpoint(last, checkpoint_minutes, written),
    ]
    average = None if recipe.ema_decay is None else MovingAverage(recipe.ema_decay)
    if average:
        callbacks.append(average)
    if score:
        callbacks.append(KeepBest(score, average))
    return callbacks
