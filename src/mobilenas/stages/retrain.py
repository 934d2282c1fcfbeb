"""The stage that trains the chosen networks from scratch and scores them on images that no stage has seen."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mobilenas.adaptation import NetAdapt
from mobilenas.evaluation import Evaluation
from mobilenas.files.hashes import digest
from mobilenas.files.record import read_record, strict, write_record
from mobilenas.network import NetworkSpec, improve
from mobilenas.search_space import SearchSpace
from mobilenas.settings import plain
from mobilenas.settings.kinds import Probability
from mobilenas.stages.adapt import AdaptRecord, widths_of
from mobilenas.stages.base import Facts, Run, Stage
from mobilenas.stages.chosen import Chosen, read_chosen, write_chosen
from mobilenas.stages.found import SearchRecord
from mobilenas.stages.seed import SeedRecord
from mobilenas.stages.trained import remove_checkpoints, trained
from mobilenas.training import Recipe
from mobilenas.training.weights import WEIGHTS

log = logging.getLogger(__name__)

SPLITS = ("train", "search")
"""The splits that train the chosen networks."""

RESULT, CHOSEN, RECORD = "result.json", "chosen", "record.json"


@strict
@dataclass(frozen=True)
class Result:
    """The content of a network's result.json.

    Args:
        test_top1: its accuracy on the test split
        weights: a short hash of the file of its weights
    """

    test_top1: Probability
    weights: str


@strict
@dataclass(frozen=True)
class RetrainFacts:
    """The content of the stage's record.json: the training in words."""

    made_by: str


@dataclass(frozen=True)
class TrainedNetwork:
    """A network that was trained.

    Args:
        spec: its description
        evaluation: its evaluation by the search
        test_top1: its accuracy on the test split
        weights: the file of its weights
    """

    spec: NetworkSpec
    evaluation: Evaluation | None
    test_top1: float
    weights: Path


@dataclass(frozen=True)
class RetrainRecord:
    """The results of the stage.

    Args:
        made_by: the training in words
        networks: the trained networks, by rising latency
    """

    made_by: str
    networks: tuple[TrainedNetwork, ...]

    @classmethod
    def load(cls, folder: Path, space: SearchSpace | None = None) -> RetrainRecord:
        """Reads the record in the stage's folder.

        Args:
            folder: the stage's folder
            space: the space of the architectures; without it they are not checked

        Raises:
            ValueError: a file is not as the stage wrote it
        """
        networks = [
            TrainedNetwork(one.spec, one.evaluation, _result(folder / one.name).test_top1, folder / one.name / WEIGHTS)
            for one in read_chosen(folder / CHOSEN, space)
        ]
        facts: RetrainFacts = read_record(folder / RECORD, RetrainFacts)
        return cls(facts.made_by, tuple(networks))


@dataclass(frozen=True)
class Choice:
    """Chooses the networks to train: networks of NetAdapt or of a search, with improvements, or given networks.

    Args:
        adaptation: NetAdapt's settings, if NetAdapt makes the networks
        improvements: names of the improvements of networks that a search has found; given networks are improved already
    """

    adaptation: NetAdapt | None = None
    improvements: tuple[str, ...] = ()

    def reads(self, run: Run) -> tuple[str, ...]:
        """The stages that have found or made the networks."""
        if self.adaptation:
            return ("adapt",)
        return () if run.networks else ("search",)

    def networks(self, run: Run) -> list[Chosen]:
        """Returns the networks of a run, by rising latency or falling reward."""
        if run.networks and not self.adaptation:
            return [Chosen(spec) for spec in run.networks]
        folder, before = run.folder, None
        if self.adaptation:
            widths, before = widths_of(folder, self.adaptation), SeedRecord.load(folder / "seed").spec
            found = AdaptRecord.load(folder / "adapt", widths).chosen(widths, run.choose)
        else:
            found = SearchRecord.load(folder / "search", run.space).chosen(run.space, run.choose)
        names = self.improvements
        return [Chosen(_improved(one.spec, names, before)) for one in found] if names else found


@dataclass(frozen=True)
class RetrainStage(Stage):
    """Writes the weights of each network and its accuracy.

    Args:
        run: its data trains the networks
        recipe: the recipe of their training
        choice: chooses the networks
        eval_batch_size: images in one forward pass when accuracy is measured
    """

    name: ClassVar[str] = "retrain"
    trains: ClassVar[bool] = True
    recipe: Recipe
    choice: Choice
    eval_batch_size: int

    @property
    def depends_on(self) -> Mapping[str, object]:
        return {
            "networks": [network.to_yaml() for network in self.run.networks],
            "improvements": list(self.choice.improvements),
            "recipe": plain(self.recipe),
            "choose": self.run.choose,
        } | self.run.trained

    @property
    def reads(self) -> tuple[str, ...]:
        return self.choice.reads(self.run)

    @property
    def groups(self) -> tuple[str, ...]:
        return "network", "recipe", "data", "trainer", "evaluator"

    def check(self) -> None:
        self.run.data.check_batch(self.recipe.batch_size, SPLITS)

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        found = self.choice.networks(self.run)
        write_chosen(found, folder / CHOSEN)
        for one in found:
            if not _is_trained(folder / one.name):
                self._train(one.spec, folder / one.name)
        write_record(folder / RECORD, RetrainFacts(self.recipe.in_words()))
        return {one.name: _result(folder / one.name).test_top1 for one in found}

    def _train(self, spec: NetworkSpec, folder: Path) -> None:
        """Trains on all images except the split ``test``, then scores on ``test`` once."""
        from mobilenas.training.accuracy import top1

        network, device = trained(self.run, self.recipe, spec, folder, SPLITS), self.run.training.device
        score = top1(network.to(device), self.run.data.eval_loader("test", self.eval_batch_size), device)
        write_record(folder / RESULT, Result(score, digest(folder / WEIGHTS)))
        remove_checkpoints(folder)


def _result(folder: Path) -> Result:
    found: Result = read_record(folder / RESULT, Result)
    return found


def _is_trained(folder: Path) -> bool:
    """Returns whether a network's training is complete, with the weights whose accuracy was measured."""
    if not (folder / RESULT).exists():
        return False
    try:
        whole = _result(folder).weights == digest(folder / WEIGHTS)
    except ValueError:
        whole = False
    if not whole:
        log.warning("retrain: a file in %s is lost or damaged: the network is trained again.", folder)
    return whole


def _improved(spec: NetworkSpec, names: Sequence[str], before: NetworkSpec | None) -> NetworkSpec:
    """Applies all improvements that fit, because the found network was not known before the search."""
    for name in names:
        try:
            spec = improve(spec, [name], before)
        except ValueError as error:
            log.warning("retrain: continues without one improvement: %s", error)
    return spec
