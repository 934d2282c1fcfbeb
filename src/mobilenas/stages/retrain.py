"""The stage that trains the chosen networks and scores them on images that no stage has seen."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mobilenas.files.record import write_record
from mobilenas.settings import plain
from mobilenas.settings.words import counted
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.beginning import beginning_of, check_beginning, weights_from
from mobilenas.stages.choice import Choice
from mobilenas.stages.chosen import Chosen, write_chosen
from mobilenas.stages.given_weights import IN_WORDS, WeightsFrom
from mobilenas.stages.retrain_record import CHOSEN, RECORD, RetrainFacts, result_of
from mobilenas.stages.scoring_trained import is_trained, train_and_score, training_splits
from mobilenas.training import Recipe

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RetrainStage(Stage):
    """Writes the weights of each network and its accuracy.

    Args:
        run: its data trains the networks
        recipe: the recipe of their training
        choice: chooses the networks
        eval_batch_size: images in one forward pass when accuracy is measured
        has_parent: whether networks that inherit take the weights of the stage parent, not the given ones
    """

    name: ClassVar[str] = "retrain"
    trains: ClassVar[bool] = True
    recipe: Recipe
    choice: Choice
    eval_batch_size: int
    has_parent: bool = False

    @property
    def depends_on(self) -> Mapping[str, object]:
        return {
            "networks": [network.to_yaml() for network in self.run.networks],
            "improvements": list(self.choice.improvements),
            "recipe": plain(self.recipe),
            "choose": self.run.choice,
            "weights": self._given,
        } | (self.run.trained | self.run.taught)

    @property
    def _given(self) -> str | None:
        """The fingerprint of the given weights, if the networks begin with them; NetAdapt's come from another stage."""
        begin = self.weights_from in ("given", "inherited")
        return self.run.weights.fingerprint if self.run.weights and begin else None

    @property
    def reads(self) -> tuple[str, ...]:
        weights = {"supernet": ("supernet",), "inherited": ("parent",) if self.has_parent else ()}
        return self.choice.reads(self.run) + weights.get(self.weights_from, ())

    @property
    def groups(self) -> tuple[str, ...]:
        return "network", "recipe", "data", "trainer", "evaluator"

    def check(self) -> None:
        check_batch(self.run, self.recipe.batch_size, "recipe.batch_size", training_splits(self.recipe))
        check_beginning(self.run, self.recipe, self.choice, self.has_parent)

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        run = self.run
        found = self.choice.networks(run)
        if len(found) < run.choose and self.choice.reads(run) and not run.architecture:
            there = counted(len(found), "network")
            log.warning("retrain: choose=%d, and there is no more than %s to choose from.", run.choose, there)
        write_chosen(found, folder / CHOSEN)
        for one in found:
            if not is_trained(folder / one.name, self.name):
                self._train(one, folder / one.name)
        write_record(folder / RECORD, RetrainFacts(self.recipe.in_words() + IN_WORDS[self.weights_from]))
        results = {one.name: result_of(folder / one.name) for one in found}
        second = run.task.second_name
        scores = {f"{name} {second}": one.test_others.get(second) for name, one in results.items()}
        told = {name: score for name, score in scores.items() if score is not None}
        return {name: one.test_accuracy for name, one in results.items()} | told

    @property
    def weights_from(self) -> WeightsFrom:
        """Where the weights of the networks come from."""
        return weights_from(self.run, self.recipe, self.choice)

    def _train(self, network: Chosen, folder: Path) -> None:
        """Trains, then scores on ``test`` once."""
        begin = beginning_of(self.run, self.recipe, self.choice, network, self.has_parent)
        train_and_score(self.run, self.recipe, network.spec, folder, self.eval_batch_size, begin)
