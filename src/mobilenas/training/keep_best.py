"""Keeps the weights of the best epoch of a training."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytorch_lightning as pl
from torch import Tensor

from mobilenas.training.average import MovingAverage

Scored: TypeAlias = Callable[[Mapping[str, Tensor]], float]
"""Returns the score of a module's state; a higher one is better."""


class KeepBest(pl.Callback):
    """Scores the weights after each epoch, and ends with those of the highest score; of equal scores the first counts.

    Checkpoints hold the best weights so far, so that a training that goes on ends as if it had not been stopped.

    Args:
        score: returns the score of a state
        average: the moving average of the weights, which is scored instead of them
    """

    def __init__(self, score: Scored, average: MovingAverage | None = None) -> None:
        self._score, self._average = score, average
        self._best: dict[str, Any] = {}

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:  # its weights are the result, and its checkpoint is the one that is written
            return
        state = self._average.state if self._average else pl_module.state_dict()
        score = self._score(state)
        pl_module.log("search_accuracy", score, rank_zero_only=True)
        if not self._best or score > self._best["score"]:
            weights = {name: one.detach().cpu().clone() for name, one in state.items()}
            self._best = {"score": score, "epoch": trainer.current_epoch, "weights": weights}

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self._best:
            pl_module.load_state_dict(self._best["weights"])

    def state_dict(self) -> dict[str, Any]:
        return self._best

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._best = state_dict


def best_of(checkpoint: Mapping[str, Any]) -> Any:
    """Returns the module's state that a complete training ends with, from its last checkpoint."""
    kept = checkpoint["callbacks"].get(KeepBest.__qualname__, {})
    return kept.get("weights", checkpoint["state_dict"])
