"""The stage that trains the chosen networks and scores them on images that no stage has seen."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mobilenas.files.hashes import digest
from mobilenas.files.record import write_record
from mobilenas.settings import plain
from mobilenas.settings.words import counted
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.beginning import beginning_of, check_beginning, weights_from
from mobilenas.stages.choice import Choice
from mobilenas.stages.chosen import Chosen, write_chosen
from mobilenas.stages.given_weights import IN_WORDS, WeightsFrom
from mobilenas.stages.predictions import write_predictions
from mobilenas.stages.retrain_record import CHOSEN, RECORD, RESULT, Result, RetrainFacts, result_of
from mobilenas.stages.trained import remove_checkpoints, trained
from mobilenas.training import Recipe
from mobilenas.training.weights import WEIGHTS

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
        check_batch(self.run, self.recipe.batch_size, "recipe.batch_size", self._splits)
        check_beginning(self.run, self.recipe, self.choice, self.has_parent)

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        run = self.run
        found = self.choice.networks(run)
        if len(found) < run.choose and self.choice.reads(run) and not run.architecture:
            there = counted(len(found), "network")
            log.warning("retrain: choose=%d, and there is no more than %s to choose from.", run.choose, there)
        write_chosen(found, folder / CHOSEN)
        for one in found:
            if not _is_trained(folder / one.name):
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

    @property
    def _splits(self) -> tuple[str, ...]:
        """The splits that train: all except ``test``, and except ``search`` if it chooses the best epoch."""
        return ("train",) if self.recipe.keep_best else ("train", "search")

    def _train(self, network: Chosen, folder: Path) -> None:
        """Trains, then scores on ``test`` once."""
        from mobilenas.task.learner import score_of

        run, recipe = self.run, self.recipe
        begin, device = beginning_of(run, recipe, self.choice, network, self.has_parent), run.training.device
        module = trained(run, recipe, network.spec, folder, self._splits, begin, run.teacher)
        batches = run.data.eval_loader("test", self.eval_batch_size)
        score = score_of(network.spec, module.to(device), batches, device)
        write_predictions(network.spec, module, run.data, self.eval_batch_size, device, folder)
        by_class = dict(zip(run.data.classes, score.by_class, strict=False))
        write_record(folder / RESULT, Result(score.value, digest(folder / WEIGHTS), score.others, by_class))
        remove_checkpoints(folder)


def _is_trained(folder: Path) -> bool:
    """Returns whether a network's training is complete, with the weights whose accuracy was measured."""
    if not (folder / RESULT).exists():
        return False
    try:
        whole = result_of(folder).weights == digest(folder / WEIGHTS)
    except ValueError:
        whole = False
    if not whole:
        log.warning("retrain: a file in %s is lost or damaged: the network is trained again.", folder)
    return whole
