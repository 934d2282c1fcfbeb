"""Ends a training at a given moment."""

import pytorch_lightning as pl


class Power(pl.Callback):
    """Goes off after a number of steps: the given error is raised then."""

    def __init__(self, steps: int, error: type[BaseException] = RuntimeError) -> None:
        self.steps, self.error = steps, error

    def on_train_batch_end(self, trainer: pl.Trainer, *others: object) -> None:
        self.steps -= 1
        if self.steps == 0:
            raise self.error("power cut")
