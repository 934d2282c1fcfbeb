"""The stage that trains published networks as the run's own ones, so that a front can be judged beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mobilenas.files.record import write_record
from mobilenas.network import NetworkSpec
from mobilenas.settings import plain
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.chosen import Chosen, write_chosen
from mobilenas.stages.given_weights import WeightsFrom
from mobilenas.stages.retrain_record import CHOSEN, RECORD, RetrainFacts, result_of
from mobilenas.stages.scoring_trained import is_trained, train_and_score, training_splits
from mobilenas.training import Recipe


@dataclass(frozen=True)
class BaselinesStage(Stage):
    """Writes the weights of each baseline and its accuracy, as the stage ``retrain`` does for the chosen networks.

    It depends on no device: the report measures the baselines beside the chosen networks, so that runs for several
    devices share their training.

    Args:
        run: its data trains the networks
        networks: the published networks, at the run's size
        recipe: the recipe of the chosen networks
        eval_batch_size: images in one forward pass when accuracy is measured
        weights_from: where the weights of the chosen networks come from
    """

    name: ClassVar[str] = "baselines"
    trains: ClassVar[bool] = True
    networks: tuple[NetworkSpec, ...]
    recipe: Recipe
    eval_batch_size: int
    weights_from: WeightsFrom = "random"

    @property
    def depends_on(self) -> Mapping[str, object]:
        own = {"networks": [network.to_yaml() for network in self.networks], "recipe": plain(self.recipe)}
        return own | self.run.trained | self.run.taught

    @property
    def groups(self) -> tuple[str, ...]:
        return "baselines", "recipe", "data", "trainer", "evaluator"

    def check(self) -> None:
        check_batch(self.run, self.recipe.batch_size, "recipe.batch_size", training_splits(self.recipe))
        if self.weights_from != "random":
            raise ValueError(
                "baselines begin with new weights, and the networks of this run begin with trained ones, beside which"
                " they would look worse than they are: leave out baselines, or set recipe.init=random."
            )

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        write_chosen([Chosen(one) for one in self.networks], folder / CHOSEN)
        for one in self.networks:
            if not is_trained(folder / one.name, self.name):
                train_and_score(self.run, self.recipe, one, folder / one.name, self.eval_batch_size)
        write_record(folder / RECORD, RetrainFacts(self.recipe.in_words()))
        return {one.name: result_of(folder / one.name).test_accuracy for one in self.networks}
