"""Fitting a LightningModule so that stopping at any moment costs at most the work since the last checkpoint."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint, ModelCheckpoint, WeightAveraging
from pytorch_lightning.strategies.launchers.subprocess_script import _SubprocessScriptLauncher
from torch import Tensor

from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.loggers import Log, close
from mobilenas.training.recipe import Recipe
from mobilenas.training.step_progress import StepProgress
from mobilenas.training.trainer import Trainer


class SeedSteps(pl.Callback):
    """Seeds torch before each step, so that a resumed run draws what the undisturbed run would have drawn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        torch.manual_seed(hash((self._seed, trainer.current_epoch, batch_idx)))


class TimedCheckpoint(Checkpoint):
    """Writes a checkpoint within an epoch when the last one is old; the epoch's end has one of its own.

    Lightning's own does nothing in modules that optimize by hand.

    Args:
        path: of the checkpoint, which is replaced as a whole
        minutes: between two
    """

    def __init__(self, path: Path, minutes: float) -> None:
        self._path, self._seconds = path, 60 * minutes
        self._written = monotonic()

    def on_train_batch_end(self, trainer: pl.Trainer, *others: object) -> None:
        due = trainer.strategy.broadcast(monotonic() - self._written >= self._seconds)
        if due and not trainer.is_last_batch:
            new = self._path.with_suffix(".new")
            trainer.save_checkpoint(new)
            if trainer.is_global_zero:
                new.replace(self._path)
            self._written = monotonic()


@dataclass(frozen=True)
class Training:
    """What all fits of a run have in common.

    Args:
        trainer: on which devices, and in which precision
        logger: where the metrics go
        seed: of initial weights and of every step's random numbers
        checkpoint_minutes: between checkpoints within an epoch; each epoch's end writes one too
    """

    trainer: Trainer
    logger: Log
    seed: int
    checkpoint_minutes: float

    @property
    def device(self) -> torch.device:
        """Where it trains, the first device if there are several."""
        return self._bare_trainer().strategy.root_device

    def check(self) -> None:
        """Raise unless the devices are there, and training on several of them leaves the run to this process.

        Raises:
            MisconfigurationException: there is no such device here
            ValueError: with this strategy every device would restart the whole command
        """
        if isinstance(self._bare_trainer().strategy.launcher, _SubprocessScriptLauncher):
            raise ValueError(
                "With this strategy every device would restart the whole command: choose trainer=ddp, which starts"
                " processes for training alone, and set trainer.devices."
            )

    def fit(
        self,
        make_module: Callable[[], pl.LightningModule],
        batches: Iterable[object],
        recipe: Recipe,
        folder: Path,
        name: str,
    ) -> pl.LightningModule:
        """Train to the end of the recipe, from the checkpoint in ``folder`` if there is one.

        Args:
            make_module: builds the module with its initial weights
            batches: the training loader
            recipe: its epochs and moving average
            folder: for checkpoints and logs
            name: of the bar and of the log
        """
        keep_freed_memory()
        pl.seed_everything(self.seed, verbose=False)
        module = make_module()
        last = folder / "checkpoints" / "last.ckpt"
        trainer = self.trainer.make(
            max_epochs=recipe.epochs,
            callbacks=self._callbacks(recipe, last, name),
            logger=self.logger.open(folder, name),
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=10,
        )
        begun = _load(last) if last.exists() else None
        if begun and _epochs(begun) >= recipe.epochs:  # its weights are the moving average if there is one
            module.load_state_dict(begun["state_dict"])
            return module
        trainer.fit(module, batches, ckpt_path=last if begun else None, weights_only=True)
        close(trainer.logger)
        if trainer.interrupted:
            raise KeyboardInterrupt
        return module

    def _bare_trainer(self) -> pl.Trainer:
        return self.trainer.make(
            logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False
        )

    def _callbacks(self, recipe: Recipe, last: Path, name: str) -> list[pl.Callback]:
        callbacks: list[pl.Callback] = [
            StepProgress(name),
            SeedSteps(self.seed),
            ModelCheckpoint(
                last.parent, last.stem, every_n_epochs=1, enable_version_counter=False, save_on_train_epoch_end=True
            ),
            TimedCheckpoint(last, self.checkpoint_minutes),
        ]
        if recipe.ema_decay is not None:
            callbacks.append(WeightAveraging(use_buffers=True, avg_fn=partial(_moved, recipe.ema_decay)))
        return callbacks


def _load(checkpoint: Path) -> Any:
    return torch.load(checkpoint, "cpu", weights_only=True)


def _epochs(checkpoint: Any) -> int:
    """How many epochs were complete when it was written."""
    return int(checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"])


def _moved(decay: float, average: Tensor, current: Tensor, count: Tensor) -> Tensor:
    """The moving average after one more step; Lightning's own cannot be handed to other processes."""
    return decay * average + (1 - decay) * current
