"""Shows how many steps of a training are done."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import pytorch_lightning as pl
from pytorch_lightning.utilities.types import STEP_OUTPUT

from mobilenas.progress import Progress

if TYPE_CHECKING:
    from mobilenas.training.on_ray.messages import Mail

READ_EVERY_S = 1.0
"""Seconds between two readings of the metrics."""


class StepProgress(pl.Callback):
    """A progress bar over all steps of a fit; each batch is one, however many updates it makes.

    The rate leaves out the first step, in which a GPU prepares its operations for many seconds. The metrics are read at
    most once a second, because the GPU must finish its work for that.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._progress: Progress | None = None
        self._said, self._read_at = "", -READ_EVERY_S

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        self._progress = Progress(self._name, all_steps(trainer), "step")
        self._progress.skip(steps_done(trainer))
        self._is_first = True

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: STEP_OUTPUT,
        batch: object,
        batch_idx: int,
    ) -> None:
        if not self._progress:
            return
        done = steps_done(trainer)
        if self._is_first and done + 1 < all_steps(trainer):
            self._progress.skip(done)
        self._is_first = False
        if monotonic() - self._read_at >= READ_EVERY_S or done == all_steps(trainer):
            self._said, self._read_at = metrics_in_words(trainer), monotonic()
        self._progress.reach(done, self._said)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._close()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._close()

    def _close(self) -> None:
        if self._progress:
            self._progress.close()
            self._progress = None


class SentProgress(pl.Callback):
    """Sends the progress to the main process, a few times a second.

    Args:
        mail: sends it
    """

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._send(trainer, steps_done(trainer), "")

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: STEP_OUTPUT,
        batch: object,
        batch_idx: int,
    ) -> None:
        done = steps_done(trainer)
        if self._mail.is_due or done == all_steps(trainer):
            self._send(trainer, done, metrics_in_words(trainer))

    def _send(self, trainer: pl.Trainer, done: int, said: str) -> None:
        from mobilenas.training.on_ray.messages import Reached

        if trainer.is_global_zero:
            self._mail.add(Reached(done, all_steps(trainer), said))


def steps_done(trainer: pl.Trainer) -> int:
    """Returns the number of batches that a fit has trained on, also before it was stopped."""
    return trainer.fit_loop.total_batch_idx + 1


def all_steps(trainer: pl.Trainer) -> int:
    """Returns the number of batches of all epochs of a fit."""
    return int(trainer.num_training_batches) * (trainer.max_epochs or 1)


def metrics_in_words(trainer: pl.Trainer) -> str:
    """Returns the epoch and the latest metrics of a fit in words."""
    figures = (f"{name} {float(value):.3f}" for name, value in trainer.callback_metrics.items())
    return f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs} {' '.join(figures)}"
