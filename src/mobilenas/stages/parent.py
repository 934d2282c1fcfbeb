"""The stage that fine-tunes the given network on the run's images, so that a supernet can inherit its weights."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mobilenas.settings import plain
from mobilenas.stages.base import Facts, Run, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.given_weights import Beginning, check_last_layer
from mobilenas.stages.trained import remove_checkpoints, trained
from mobilenas.training import Recipe
from mobilenas.training.weights import WEIGHTS

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class ParentStage(Stage):
    """Writes the weights of the given network after fine-tuning on ``train`` only.

    Weights of other classes have no last layer for the images here. Without this stage every network of the supernet
    would have a random one.

    Args:
        run: its data trains the network
        recipe: the recipe of its training
        unread: the reason why no supernet is trained, or an empty text
    """

    name: ClassVar[str] = "parent"
    trains: ClassVar[bool] = True
    recipe: Recipe
    unread: str = ""

    @property
    def depends_on(self) -> Mapping[str, object]:
        parent, weights = self.run.parent, self.run.weights
        own = {
            "network": parent.to_yaml() if parent else None,
            "weights": weights.fingerprint if weights else None,
            "recipe": plain(self.recipe),
        }
        return own | self.run.trained | self.run.taught

    @property
    def groups(self) -> tuple[str, ...]:
        return "network", "recipe", "data", "trainer"

    @property
    def unneeded(self) -> str:
        return self.unread or ("" if needs_parent(self.run) else "the given weights are for these classes")

    def check(self) -> None:
        check_batch(self.run, self.recipe.batch_size, "recipe.batch_size")
        check_last_layer(self.run, self.recipe, "given")

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        from mobilenas.task.learner import score_of

        run, recipe = self.run, self.recipe
        assert run.parent and run.weights
        begin = Beginning(run.weights.tensors, run.weights.new, run.weights.trained_on)
        network = trained(run, recipe, run.parent, folder, ("train",), begin, run.teacher)
        device, batch_size = run.training.device, min(recipe.batch_size, run.data.sizes["search"])
        batches = run.data.eval_loader("search", batch_size)
        score = score_of(run.parent, network.to(device), batches, device).value
        remove_checkpoints(folder)
        return {"search_top1": score}


def needs_parent(run: Run) -> bool:
    """Returns whether the given network must learn these classes before a supernet inherits its weights."""
    return bool(run.weights and run.weights.new)


def parent_weights(run: Run) -> Mapping[str, Tensor]:
    """Returns the weights that a supernet inherits: those of the stage, or the given ones if they need no stage.

    Raises:
        ValueError: the stage has not written them
    """
    from mobilenas.files.tensors import read_tensors

    assert run.weights
    return read_tensors(run.folder / ParentStage.name / WEIGHTS) if needs_parent(run) else run.weights.tensors
