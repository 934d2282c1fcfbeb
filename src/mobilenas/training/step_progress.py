"""Shows a progress bar over the steps of a training."""

import pytorch_lightning as pl
from pytorch_lightning.utilities.types import STEP_OUTPUT

from mobilenas.progress import Progress


class StepProgress(pl.Callback):
    """A progress bar over all steps of a fit; each batch is one, however many updates it makes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._progress: Progress | None = None

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        self._progress = Progress(self._name, int(trainer.num_training_batches) * (trainer.max_epochs or 1), "step")
        self._progress.skip(trainer.fit_loop.total_batch_idx + 1)

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: STEP_OUTPUT,
        batch: object,
        batch_idx: int,
    ) -> None:
        if self._progress:
            figures = (f"{name} {float(value):.3f}" for name, value in trainer.callback_metrics.items())
            self._progress.advance(f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs} {' '.join(figures)}")

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._close()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._close()

    def _close(self) -> None:
        if self._progress:
            self._progress.close()
            self._progress = None
