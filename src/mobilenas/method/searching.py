"""The common part of methods that learn the architecture besides the weights."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.method.architecture import ArchitectureParameters, LatencyHistory
from mobilenas.method.freezing import frozen_statistics, frozen_weights
from mobilenas.method.supernet_method import SupernetMethod
from mobilenas.training.recipe import Recipe, parameter_groups


class SearchingMethod(SupernetMethod):
    """Uses manual optimization, with one optimizer for the weights and one for the architecture parameters."""

    architecture: ArchitectureParameters
    history: LatencyHistory

    def on_train_epoch_end(self) -> None:
        self.log_dict(self.history.record(self.architecture))
        self.log_dict(self._probabilities())

    def _probabilities(self) -> dict[str, Tensor]:
        """Returns each candidate's probability by a name: ``probability/03/2-E6-K5`` is option 2 of choice block 3."""
        named = zip(self.supernet.space.choices, self.architecture.probabilities(), strict=True)
        return {
            f"probability/{block:02}/{option}-{candidates[option].look.label.replace(' ', '-')}": p.detach()
            for block, (candidates, shares) in enumerate(named)
            for option, p in enumerate(shares.float())
        }

    def learned(self) -> Mapping[str, object]:
        alphas = [alpha.float() for alpha in self.architecture.alphas]  # they may have 16 bits
        probabilities = [alpha.softmax(0).tolist() for alpha in alphas]
        by_epoch = self.history.probabilities([len(alpha) for alpha in alphas])
        return {"probabilities": probabilities, "history": self.history.epochs, "probabilities_by_epoch": by_epoch}

    def own_optimizers(self) -> list[LightningOptimizer]:
        """Returns the optimizers of the weights and of the architecture parameters."""
        optimizers = self.optimizers()
        assert isinstance(optimizers, list)
        return optimizers

    def update_weights(self, loss: Tensor) -> None:
        """Takes one step of the weights' optimizer, the first one, and of its schedule."""
        optimizer, schedule = self.own_optimizers()[0], self.lr_schedulers()
        assert isinstance(schedule, LambdaLR)
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()
        schedule.step()
        self.log("train_loss", loss.detach())

    def update_architecture(self, make_loss: Callable[[], Tensor], move_statistics: bool = False) -> None:
        """Takes one step of the architecture parameters' optimizer; weights do not change.

        Args:
            make_loss: computes the loss while weights and batch-norm statistics are frozen
            move_statistics: whether the batch-norm statistics may change
        """
        optimizer = self.own_optimizers()[1]
        optimizer.zero_grad()
        statistics: AbstractContextManager[None] = (
            nullcontext() if move_statistics else frozen_statistics(self.supernet)
        )
        with frozen_weights(self.supernet), statistics:
            loss = make_loss()
            self.manual_backward(loss)
        optimizer.step()
        self.log("architecture_loss", loss.detach())

    def both_optimizers(
        self, recipe: Recipe, architecture: torch.optim.Optimizer, steps_per_epoch: Callable[[], float]
    ) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        """Returns the recipe's optimizer of the weights with its schedule, and that of the architecture parameters."""
        weights = recipe.make_optimizer(parameter_groups(self.supernet.parameters(), recipe.weight_decay, recipe.lr))
        return [weights, architecture], [recipe.make_schedule(weights, steps_per_epoch)]
