"""Trains a LightningModule; if it is stopped at any moment, at most the work since the last checkpoint is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilenas.tracking import Log, Tracking
from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.checkpoint import checkpoint_of, epochs_of, write_checkpoint
from mobilenas.training.recipe import Recipe
from mobilenas.training.trainer_settings import TrainerSettings

if TYPE_CHECKING:
    import pytorch_lightning as pl
    import torch

    from mobilenas.training.keep_best import Scored
    from mobilenas.training.one_fit import Fit, Loader

log = logging.getLogger(__name__)

MOST_HALVINGS = 10
"""The largest number of times that ``on_nan=restore`` halves the learning rate."""


@dataclass(frozen=True)
class Training:
    """The settings that all trainings of a run have in common.

    Args:
        trainer: the devices and the precision
        logger: where the run is recorded
        seed: seed of initial weights and of every step's random numbers
        checkpoint_minutes: minutes between checkpoints within an epoch; the end of each epoch writes one too
        tracking: the record of the run
    """

    trainer: TrainerSettings
    logger: Log
    seed: int
    checkpoint_minutes: float
    tracking: Tracking = field(default_factory=Tracking)

    @property
    def device(self) -> torch.device:
        """The device of the main process, the first one if there are several."""
        return self.trainer.device

    def check(self) -> None:
        """Raises ValueError unless the devices exist, and the log can be opened."""
        self.trainer.check()
        self.logger.check()

    def fit(
        self,
        make_module: Callable[[], pl.LightningModule],
        batches: Loader,
        recipe: Recipe,
        folder: Path,
        name: str,
        score: Scored | None = None,
    ) -> pl.LightningModule:
        """Trains to the end of the recipe, from the checkpoint in ``folder`` if there is one.

        Args:
            make_module: builds the module with its initial weights
            batches: the training loader
            recipe: the epochs and the moving average
            folder: folder for checkpoints and logs
            name: name of the bar and of the log
            score: scores the module's state after each epoch, so that the best one is kept; with None the last is

        Raises:
            DivergedError: a gradient or a weight is not finite
            KeyboardInterrupt: the training was stopped
        """
        from mobilenas.training.fault import DivergedError

        keep_freed_memory()
        last = folder / "checkpoints" / "last.ckpt"
        for halvings in range(MOST_HALVINGS + 1):
            try:
                return self._fit(make_module, batches, recipe, folder, name, score, 0.5**halvings)
            except DivergedError as error:
                if recipe.on_nan != "restore" or halvings == MOST_HALVINGS or not (error.steps or last.exists()):
                    raise
                if not error.steps:  # no rate helps weights whose first gradient is not finite
                    last.unlink()
                begin = "the last checkpoint" if last.exists() else "the beginning"
                log.warning("%s It goes on from %s, at half the learning rate.", error, begin)
        raise AssertionError

    def _fit(
        self,
        make_module: Callable[[], pl.LightningModule],
        batches: Loader,
        recipe: Recipe,
        folder: Path,
        name: str,
        score: Scored | None,
        rate: float,
    ) -> pl.LightningModule:
        import pytorch_lightning as pl

        from mobilenas.training.keep_best import best_of
        from mobilenas.training.one_fit import Fit

        pl.seed_everything(self.seed, verbose=False)
        module = make_module()
        if not recipe.epochs:
            return module
        last = folder / "checkpoints" / "last.ckpt"
        fit = Fit(module, batches, recipe, name, self.seed, self.checkpoint_minutes, rate, score, self.trainer)
        begun = checkpoint_of(last, module)
        if begun and epochs_of(begun) >= recipe.epochs:  # its weights are the moving average if there is one
            module.load_state_dict(best_of(begun))
            return module
        if begun:
            _divide(begun, last, fit)
        self.trainer.train(fit, last, bool(begun), self.tracking)
        return module


def _divide(begun: Mapping[str, Any], last: Path, fit: Fit) -> None:
    """Tells if a training goes on with another division of its batches, and makes its checkpoint fit."""
    from mobilenas.training.division import Division, divided_again

    before, now = Division.of(begun), fit.division
    if not before or before == now:
        return
    log.warning("%s %s", fit.name, now.change(before, fit.recipe.batch_size))
    if before.parts != now.parts:
        import torch

        write_checkpoint(last, partial(torch.save, divided_again(begun, before.parts, now.parts)))
