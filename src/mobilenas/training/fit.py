"""Trains a LightningModule; if it is stopped at any moment, at most the work since the last checkpoint is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mobilenas.files.whole import is_sealed
from mobilenas.tracking import Log, Tracking
from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.recipe import Recipe
from mobilenas.training.trainer import Trainer

if TYPE_CHECKING:
    import pytorch_lightning as pl
    import torch

    from mobilenas.training.keep_best import Scored

log = logging.getLogger(__name__)

RESTORED = ("epoch", "global_step", "optimizer_states", "lr_schedulers", "callbacks")
"""What a checkpoint must have besides the weights and the state of the loops."""

MOST_HALVINGS = 10
"""The largest number of times that ``on_nan=restore`` halves the learning rate."""


class Loader(Protocol):
    """Hands out the batches of an epoch."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[object]: ...

    def in_parts(self, parts: int) -> Loader: ...


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

    trainer: Trainer
    logger: Log
    seed: int
    checkpoint_minutes: float
    tracking: Tracking = field(default_factory=Tracking)

    @property
    def device(self) -> torch.device:
        """The device of the training, the first one if there are several."""
        return self.trainer.bare().strategy.root_device

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

        from mobilenas.training.callbacks import callbacks_of
        from mobilenas.training.divergence import ClipGradients
        from mobilenas.training.interruption import interruptions
        from mobilenas.training.keep_best import best_of
        from mobilenas.training.metrics_log import MetricsLog

        pl.seed_everything(self.seed, verbose=False)
        module = make_module()
        if not recipe.epochs:
            return module
        last = folder / "checkpoints" / "last.ckpt"
        parts = self.trainer.parts(recipe.batch_size) if module.automatic_optimization else 1
        if parts > 1:
            batches = batches.in_parts(parts)
        limit = self.trainer.limit(len(batches) // parts)
        largest = None if module.automatic_optimization else self.trainer.gradient_clip_val
        clipping: list[pl.Callback] = [ClipGradients(largest)] if largest else []
        trainer = self.trainer.make(
            max_epochs=recipe.epochs,
            callbacks=callbacks_of(recipe, last, name, self.seed, self.checkpoint_minutes, rate, score) + clipping,
            gradient_clip_val=self.trainer.gradient_clip_val if module.automatic_optimization else None,
            limit_train_batches=limit * parts if isinstance(limit, int) else limit,
            accumulate_grad_batches=parts * self.trainer.accumulate_grad_batches,  # one of both is 1
            logger=MetricsLog(folder, name, self.tracking.series(folder, name)),
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=10,
        )
        begun = _begun(last, module)
        if begun and _epochs(begun) >= recipe.epochs:  # its weights are the moving average if there is one
            module.load_state_dict(best_of(begun))
            return module
        with interruptions(trainer):
            trainer.fit(module, batches, ckpt_path=last if begun else None, weights_only=True)
        return module


def _begun(checkpoint: Path, module: pl.LightningModule) -> Any:
    """Returns the content of a module's checkpoint, or None if there is none; one that is damaged is told and removed.

    Its hash is compared first, because torch neither notices a changed byte nor reads any file safely.
    """
    if not checkpoint.exists():
        return None
    try:
        return _content(checkpoint, module)
    except ValueError as error:
        log.warning("%s cannot be used (%s): the training begins from scratch.", checkpoint, error)
        checkpoint.unlink()
        return None


def _content(checkpoint: Path, module: pl.LightningModule) -> Any:
    """Returns the content of a checkpoint; raises ValueError if it is damaged, or of another module."""
    import pickle

    import torch

    from mobilenas.files.tensors import misfit, not_finite

    if not is_sealed(checkpoint):
        raise ValueError("it is not as it was written")
    try:
        content = torch.load(checkpoint, "cpu", weights_only=True)
        weights, _ = dict(content["state_dict"]), _epochs(content)
        if missing := next((name for name in RESTORED if name not in content), ""):
            raise ValueError(f"it has no {missing}")
    except (RuntimeError, ValueError, LookupError, TypeError, EOFError, OSError, pickle.UnpicklingError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(reason.rstrip(".")) from None
    wanted = (_without_histories(one) for one in (module.state_dict(), weights))
    if wrong := misfit(*wanted) or not_finite(weights):
        raise ValueError(wrong)
    return content


def _without_histories(state: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a module's state without what grows with the epochs."""
    return {name: one for name, one in state.items() if not name.endswith("_extra_state")}


def _epochs(checkpoint: Any) -> int:
    """Returns the number of epochs that were complete when a checkpoint was written."""
    return int(checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"])
