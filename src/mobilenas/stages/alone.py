"""The stage that trains random networks of the space alone, to compare a supernet's scores with their accuracy."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from mobilenas.algorithm.sampling import distinct, size
from mobilenas.evaluation import Architecture
from mobilenas.evaluator import Ranking
from mobilenas.files.record import read_record, write_record
from mobilenas.settings import plain
from mobilenas.stages.alone_record import ALONE, RECORD, AloneNetwork, AloneRecord
from mobilenas.stages.base import Facts, Run, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.given_weights import IN_WORDS, WeightsFrom, check_given, check_last_layer, given_to, seed_from
from mobilenas.stages.trained import remove_checkpoints, trained
from mobilenas.training import Recipe
from mobilenas.training.weights import WEIGHTS

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AloneStage(Stage):
    """Writes the accuracy of each network after a training of its own.

    Its result depends neither on a supernet nor on the run's seed, so that many runs share it.

    Args:
        run: its space has the networks, and its data train them
        ranking: how many networks, and their seed
        recipe: the recipe of their training; the best epoch is not chosen by ``search``, on which they are scored
        eval_batch_size: images in one forward pass when accuracy is measured
        has_parent: whether networks that inherit take the weights of the stage parent, not the given ones
    """

    name: ClassVar[str] = "alone"
    trains: ClassVar[bool] = True
    ranking: Ranking
    recipe: Recipe
    eval_batch_size: int
    has_parent: bool = False

    @property
    def depends_on(self) -> Mapping[str, object]:
        own = {
            "space": [self.run.space.name, self.run.space.fingerprint],
            "ranking": plain(self.ranking),
            "recipe": plain(self.recipe),
            "weights": self.run.weights.fingerprint if self.run.weights and self._inherits else None,
        }
        return own | self._own_run.trained | self.run.taught

    @property
    def reads(self) -> tuple[str, ...]:
        return ("parent",) if self.has_parent and self._inherits else ()

    @property
    def groups(self) -> tuple[str, ...]:
        return "search_space", "evaluator", "recipe", "data", "trainer"

    def check(self) -> None:
        wanted, there = self.ranking.networks, size(self.run.space)
        if there < wanted:
            raise ValueError(
                f"evaluator.ranking.networks={wanted} is more than the {there} networks of {self.run.space.name}: set"
                f" evaluator.ranking.networks={there} or less, or choose a larger search space."
            )
        if self.recipe.init == "supernet":
            raise ValueError(
                "evaluator=ranking trains networks alone, and with recipe.init=supernet they would begin with the"
                " weights that they are compared with: set recipe.init=auto, or choose evaluator=supernet."
            )
        check_given(self.recipe, self._begin)
        if not self.has_parent:
            check_last_layer(self.run, self.recipe, self._begin)
        check_batch(self.run, self.recipe.batch_size, "recipe.batch_size")

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        networks, pace = [], _Pace(self.ranking.networks)
        for number, architecture in enumerate(self.architectures(), 1):
            own = folder / f"{number:02}"
            if not (own / ALONE).exists():
                self._train(architecture, number, own)
                pace.count(number)
            networks.append(read_record(own / ALONE, AloneNetwork))
        made_by = self.recipe.in_words() + IN_WORDS[self._begin]
        write_record(folder / RECORD, AloneRecord(made_by, self.run.data.sizes["search"], tuple(networks)))
        found = np.array([one.search_accuracy for one in networks])
        return {"networks": len(found), "mean accuracy": float(found.mean()), "spread": float(found.std())}

    def architectures(self) -> Sequence[Architecture]:
        """Returns the architectures, in the order in which they are drawn; fewer of them are the first of more."""
        return distinct(self.run.space, self.ranking.networks, np.random.default_rng(self.ranking.seed))

    @property
    def _begin(self) -> WeightsFrom:
        return seed_from(self.run, self.recipe)

    @property
    def _inherits(self) -> bool:
        return self._begin == "inherited"

    @property
    def _own_run(self) -> Run:
        """The run with the seed of the trainings here."""
        return replace(self.run, training=replace(self.run.training, seed=self.ranking.seed))

    def _train(self, architecture: Architecture, number: int, folder: Path) -> None:
        """Trains on ``train``, scores on ``search`` and on ``test``, and removes the weights."""
        from mobilenas.training import top1

        run, device = self._own_run, self.run.training.device
        spec = replace(run.space.network(architecture), name=f"alone-{number:02}")
        begin = given_to(run, spec, self._begin, self.has_parent)
        network = trained(run, self.recipe, spec, folder, ("train",), begin, run.teacher).to(device)
        accuracy = {
            split: top1(network, run.data.eval_loader(split, self.eval_batch_size), device)
            for split in ("search", "test")
        }
        write_record(folder / ALONE, AloneNetwork(architecture, accuracy["search"], accuracy["test"]))
        (folder / WEIGHTS).unlink()
        remove_checkpoints(folder)


@dataclass
class _Pace:
    """Tells the rate of the trainings, and the time that is left.

    Args:
        total: number of all networks
    """

    total: int

    def __post_init__(self) -> None:
        self._begun, self._trained = time.monotonic(), 0

    def count(self, number: int) -> None:
        self._trained += 1
        seconds = (time.monotonic() - self._begun) / self._trained
        left = f", {seconds * (self.total - number) / 60:.0f} min left" if number < self.total else ""
        log.info("alone: %d/%d networks, %.3g s each%s", number, self.total, seconds, left)
