"""The record of the retrained networks: their descriptions, their weights and their accuracies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mobilenas.evaluation import Evaluation
from mobilenas.files.record import read_record, strict
from mobilenas.network import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.settings.kinds import Probability
from mobilenas.stages.chosen import Chosen, read_chosen
from mobilenas.training.weights import WEIGHTS

RESULT, CHOSEN, RECORD = "result.json", "chosen", "record.json"


@strict
@dataclass(frozen=True)
class Result:
    """The content of a network's result.json.

    Args:
        test_accuracy: its accuracy on the test split
        weights: a short hash of the file of its weights
        test_others: its other scores on the test split, by name; None where there is nothing to score
        test_by_class: its score of each class, by name, if the task has one
    """

    test_accuracy: Probability
    weights: str
    test_others: Mapping[str, Probability | None] = field(default_factory=dict)
    test_by_class: Mapping[str, Probability | None] = field(default_factory=dict)


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
        test_accuracy: its accuracy on the test split
        weights: the file of its weights
        test_others: its other scores on the test split, by name
        test_by_class: its score of each class, by name
    """

    spec: NetworkSpec
    evaluation: Evaluation | None
    test_accuracy: float
    weights: Path
    test_others: Mapping[str, float | None] = field(default_factory=dict)
    test_by_class: Mapping[str, float | None] = field(default_factory=dict)


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
        networks = [_trained(one, folder / one.name) for one in read_chosen(folder / CHOSEN, space)]
        facts: RetrainFacts = read_record(folder / RECORD, RetrainFacts)
        return cls(facts.made_by, tuple(networks))


def result_of(folder: Path) -> Result:
    """Reads a network's result in its folder; raises ValueError if the file is not as the stage wrote it."""
    found: Result = read_record(folder / RESULT, Result)
    return found


def _trained(chosen: Chosen, folder: Path) -> TrainedNetwork:
    result = result_of(folder)
    return TrainedNetwork(
        chosen.spec, chosen.evaluation, result.test_accuracy, folder / WEIGHTS, result.test_others, result.test_by_class
    )
