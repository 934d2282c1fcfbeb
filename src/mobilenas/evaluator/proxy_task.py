"""Trains each architecture by itself for a few epochs (MnasNet Sec. 4.2 and 5)."""

import hashlib
from collections.abc import Callable

import pytorch_lightning as pl
import torch
from torch import Tensor

from mobilenas.allocator import keep_freed_memory
from mobilenas.data import ImageData
from mobilenas.evaluator.accuracy import recalibrate, top1
from mobilenas.evaluator.base import Evaluation, Evaluator
from mobilenas.evaluator.scoring import ProxyScoring
from mobilenas.hardware.network_costs import CostModel
from mobilenas.method.base import channels_last
from mobilenas.method.retrain import Retrain
from mobilenas.recipe import Recipe
from mobilenas.search_space import Architecture, SearchSpace
from mobilenas.spec import NetworkSpec
from mobilenas.training import SeedSteps

_QUIET = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


class ProxyTask(Evaluator):
    """The accuracy on the search split after a short training on the training split, and the costs from a table.

    A training that diverges, runs out of memory or crashes is an evaluation too, with the reason.

    Args:
        space: of the architectures
        data: trains on ``train``, scores on ``search``
        recipe: of the short training
        costs: latency, multiply-adds and parameters of architectures
        trainer: makes the Trainer
        seed: initial weights and every step's random numbers come from it and the architecture
        scoring: how accuracy is counted
        context: short hash of all of these
    """

    def __init__(
        self,
        space: SearchSpace,
        data: ImageData,
        recipe: Recipe,
        costs: CostModel,
        trainer: Callable[..., pl.Trainer],
        seed: int,
        scoring: ProxyScoring,
        context: str,
    ) -> None:
        self._space, self._data, self._recipe, self._costs = space, data, recipe, costs
        self._trainer, self._seed, self._scoring, self._context = trainer, seed, scoring, context

    @property
    def context(self) -> str:
        return self._context

    def evaluate(self, architecture: Architecture) -> Evaluation:
        network, costs = self._space.network(architecture), self._costs([architecture])
        score, failure = 0.0, None
        try:
            score = self._trained_top1(network, _seed(self._seed, architecture))
        except FloatingPointError as error:
            failure = f"diverged: {error}"
        except (MemoryError, RuntimeError) as error:  # torch's out-of-memory errors are among the latter
            failure = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        return Evaluation(
            architecture, score, float(costs.latency_ms[0]), int(costs.macs[0]), int(costs.params[0]), failure
        )

    def _trained_top1(self, network: NetworkSpec, seed: int) -> float:
        keep_freed_memory()
        pl.seed_everything(seed, verbose=False)
        module = Retrain(network, self._recipe)
        trainer = self._trainer(max_epochs=self._recipe.epochs, callbacks=[SeedSteps(seed), _FiniteLoss()], **_QUIET)
        trainer.fit(module, self._data.train_loader(self._recipe.batch_size, seed))
        if trainer.interrupted:
            raise KeyboardInterrupt
        device = trainer.strategy.root_device
        trained, size = module.network.to(device).eval(), self._scoring.batch_size
        calibration = self._data.calibration_batches(self._scoring.calibration_images, size)
        with torch.no_grad():
            recalibrate(trained, (channels_last(images.to(device)) for images, _ in calibration))
        return top1(trained, self._data.eval_loader("search", size), device)


class _FiniteLoss(pl.Callback):
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: object, batch: object, batch_idx: int
    ) -> None:
        loss = outputs["loss"] if isinstance(outputs, dict) else outputs
        if isinstance(loss, Tensor) and not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of step {trainer.global_step} is {float(loss)}")


def _seed(seed: int, architecture: Architecture) -> int:
    digest = hashlib.sha256(f"{seed} {architecture}".encode()).digest()
    return int.from_bytes(digest[:4], "little")
