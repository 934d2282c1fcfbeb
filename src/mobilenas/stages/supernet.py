"""The stage that trains the supernet, then shows on random architectures that it has learned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mobilenas.evaluator import Scoring
from mobilenas.files.record import write_record
from mobilenas.method import BATCHES, LATENCY, PARENT, TURNS, Method
from mobilenas.search_space.skeleton import counterparts
from mobilenas.settings import SEED, Given, plain
from mobilenas.settings.words import described
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.parent import needs_parent, parent_weights
from mobilenas.stages.profile import ProfileRecord
from mobilenas.stages.random_scores import random_scores
from mobilenas.stages.supernet_record import LEARNED, RANDOM, RECORD, WEIGHTS, SupernetFacts
from mobilenas.training import Recipe
from mobilenas.training.recipe import OF_NETWORKS

if TYPE_CHECKING:
    from torch import Tensor

    from mobilenas.data import EpochLoader


@dataclass(frozen=True)
class SupernetStage(Stage):
    """Writes the shared weights, what the method has learned, and the scores of random architectures.

    Args:
        run: its space is trained on its data
        method: trains the supernet
        recipe: the recipe that trains its weights
        scoring: the settings of scoring random architectures
        is_read: whether the search reads this stage's artifact, even if other weights are given
    """

    name: ClassVar[str] = "supernet"
    trains: ClassVar[bool] = True
    method: Method
    recipe: Recipe
    scoring: Scoring
    is_read: bool = True

    @property
    def depends_on(self) -> Mapping[str, object]:
        own = {
            "space": [self.run.space.name, self.run.space.fingerprint],
            "method": plain(self.method),
            "recipe": plain(self.recipe),
            "scoring": plain(self.scoring),
        }
        return own | self._inherits | self.run.trained

    @property
    def reads(self) -> tuple[str, ...]:
        """The latency table if the method learns for the device, and the parent if it inherits.

        Otherwise a new device needs no new supernet.
        """
        latency = ("profile",) if LATENCY in self.method.needs else ()
        return (*latency, *(("parent",) if self.method.init == "inherit" and needs_parent(self.run) else ()))

    @property
    def groups(self) -> tuple[str, ...]:
        return "search_space", "method", "supernet_recipe", "evaluator", "data", "trainer"

    @property
    def unneeded(self) -> str:
        return "" if self.is_read or not self.scoring.given_weights else "evaluator.weights are given"

    def check(self) -> None:
        _ = self.run.layerwise
        self._check_recipe()
        if self.method.init == "inherit":
            self._check_parent()
        self.method.check(self.recipe)
        self.method.check_space(self.run.layerwise, self.run.training.trainer.processes)
        check_batch(self.run, self.recipe.batch_size, "supernet_recipe.batch_size")
        trainer = self.run.training.trainer
        if TURNS in self.method.needs and trainer.limit_train_batches is not None:
            raise ValueError(
                "trainer.limit_train_batches would leave out the last batches of an epoch, with which this method"
                " trains the architecture: leave it out."
            )
        if self.method.learns and trainer.precision == "16-true":
            raise ValueError(
                "trainer.precision=16-true is too coarse for the probabilities that this method learns: choose"
                " 16-mixed, bf16-mixed or 32-true."
            )
        if trainer.parts(self.recipe.batch_size) > 1:
            raise ValueError(
                f"trainer.images_at_once={trainer.images_at_once} divides only the batches of single networks, and"
                f" supernet_recipe.batch_size={self.recipe.batch_size} is larger for each device: set a smaller batch"
                " for the supernet, or leave images_at_once out until the supernet is trained, and then add it with"
                " stages=[retrain,report]."
            )
        if trainer.accumulate_grad_batches > 1:
            raise ValueError(
                "trainer.accumulate_grad_batches has no meaning for a supernet, whose methods take steps of their own:"
                " leave it at 1."
            )

    def _check_recipe(self) -> None:
        """Raises ValueError for settings of the recipe that have a meaning only for a single network."""
        for name, value in self.recipe.changed(OF_NETWORKS).items():
            said = str(value).lower() if isinstance(value, bool) else value
            raise ValueError(
                f"supernet_recipe.{name}={said} has a meaning only for the training of a single network, and none"
                " for a supernet: leave it out, or choose another recipe for the supernet."
            )
        if not self.recipe.epochs and (self.method.init != "inherit" or self.method.learns):
            raise ValueError(
                "supernet_recipe.epochs=0 trains nothing, and there is nothing that the supernet knows already: set"
                " supernet_recipe.epochs to 1 or more, or choose method.init=inherit with method=fair, uniform or"
                " sandwich."
            )

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        given, loader = self._given, None
        if TURNS in self.method.needs:
            loader = given[TURNS]
        module = self.run.training.fit(
            lambda: self.method.module(self.run.layerwise, self.recipe, given.only(self.method.needs)),
            loader or self._loader(),
            self.recipe,
            folder,
            "supernet",
        )
        return self._write(module, folder)

    def _write(self, module: object, folder: Path) -> Facts:
        from mobilenas.data.marks import together
        from mobilenas.method import SupernetMethod
        from mobilenas.supernet import save_supernet

        assert isinstance(module, SupernetMethod)
        splits = ("train", "search") if {TURNS, BATCHES} & set(self.method.needs) else ("train",)
        own = self.run.data.marks(splits)
        trained_on = together(own, self.run.weights.trained_on) if self.run.weights and self._inherits else own
        save_supernet(module.supernet.float(), folder / WEIGHTS, trained_on)
        write_record(folder / LEARNED, module.learned())
        scores = random_scores(self.run, self.scoring, folder / WEIGHTS)
        write_record(folder / RANDOM, scores)
        made_by = f"{described(self.method)}; {self.recipe.in_words()}"
        write_record(folder / RECORD, SupernetFacts(made_by, self.method.target_ms))
        return {"random_top1_mean": float(np.mean(scores)), "random_top1_std": float(np.std(scores))}

    @property
    def _inherits(self) -> dict[str, object]:
        """The network and the weights that the supernet begins with, if it inherits."""
        parent, weights = self.run.parent, self.run.weights
        if self.method.init != "inherit" or not parent or not weights:
            return {}
        return {"parent": parent.to_yaml(), "weights": weights.fingerprint}

    def _check_parent(self) -> None:
        """Raises ValueError unless the supernet can inherit weights."""
        parent = self.run.parent
        if parent is None or self.run.weights is None:
            missing = "a network and its weights: add network=... and" if parent is None else "trained weights: add"
            raise ValueError(f"method.init=inherit needs {missing} weights=..., or choose method.init=random.")
        counterparts(self.run.layerwise, parent)

    @property
    def _given(self) -> Given:
        from mobilenas.data import Turns
        from mobilenas.hardware import ExpectedLatency
        from mobilenas.supernet import inherited

        def latency() -> ExpectedLatency:
            return ExpectedLatency(self.run.layerwise, ProfileRecord.load(self.run.folder / "profile").table)

        def parent() -> Mapping[str, Tensor]:
            assert self.run.parent  # checked
            return inherited(self.run.layerwise, self.run.parent, parent_weights(self.run))

        return Given(
            {
                SEED: lambda: self.run.seed,
                PARENT: parent,
                LATENCY: latency,
                BATCHES: lambda: self._steering_loader().endless,
                TURNS: lambda: Turns(self._loader(), self._steering_loader()),
            }
        )

    def _loader(self) -> EpochLoader:
        return self.run.data.train_loader(self.recipe.batch_size, self.run.seed)

    def _steering_loader(self) -> EpochLoader:
        """Returns shuffled batches of the split ``search``."""
        processes, images = self.run.training.trainer.processes, self.run.data.sizes["search"]
        batch_size = min(self.recipe.batch_size, max(1, images // processes) * processes)
        return self.run.data.train_loader(batch_size, self.run.seed, splits=("search",))
