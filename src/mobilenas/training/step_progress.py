"""Tells how many steps of a training are done."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytorch_lightning as pl
from pytorch_lightning.utilities.types import STEP_OUTPUT

from mobilenas.training.step_bar import Reached, StepBar

TOLD_EVERY_S = 1.0
"""Seconds after which the progress is told again: a GPU must finish its work before its metrics can be read."""


class StepProgress(pl.Callback):
    """Tells the progress at the start, after the first step, about once a second, and after the last step.

    Args:
        tell: is told it, in the first process
    """

    def __init__(self, tell: Callable[[Reached], object]) -> None:
        self._tell = tell
        self._told_at = -TOLD_EVERY_S

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.is_global_zero:
            self._tell(Reached(_steps_done(trainer), _all_steps(trainer), ""))

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: STEP_OUTPUT,
        batch: object,
        batch_idx: int,
    ) -> None:
        if not trainer.is_global_zero:
            return
        done, total = _steps_done(trainer), _all_steps(trainer)
        if monotonic() - self._told_at >= TOLD_EVERY_S or done == total:
            self._tell(Reached(done, total, _metrics_in_words(trainer)))
            self._told_at = monotonic()


class ShownProgress(StepProgress):
    """Shows the progress as a bar.

    Args:
        name: the name of the bar
    """

    def __init__(self, name: str) -> None:
        self._bar = StepBar(name)
        super().__init__(self._bar.show)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._bar.close()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._bar.close()


def _steps_done(trainer: pl.Trainer) -> int:
    """Returns the number of batches that a fit has trained on, also before it was stopped."""
    return trainer.fit_loop.total_batch_idx + 1


def _all_steps(trainer: pl.Trainer) -> int:
    """Returns the number of batches of all epochs of a fit."""
    return int(trainer.num_training_batches) * (trainer.max_epochs or 1)


def _metrics_in_words(trainer: pl.Trainer) -> str:
    """Returns the epoch and the latest metrics of a fit in words."""
    figures = (f"{name} {float(value):.3f}" for name, value in trainer.callback_metrics.items())
    return f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs} {' '.join(figures)}"
