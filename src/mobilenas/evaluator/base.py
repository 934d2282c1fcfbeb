"""The interfaces of evaluators and of their settings, and the things that they may need from a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from mobilenas.evaluation import Architecture, Score
from mobilenas.settings import BatchSize, Given, Need, Needs, settings

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from mobilenas.data import TaskData
    from mobilenas.evaluator.inheritance import Inheritance
    from mobilenas.evaluator.ranking import Ranking
    from mobilenas.search_space import SearchSpace
    from mobilenas.training.recipe import Recipe
    from mobilenas.training.short import TrainerFactory
    from mobilenas.training.teacher import Teacher

SUPERNET: Need[Path] = Need("supernet")
"""The file of a supernet's weights; the scores of a part that needs it depend on them."""

SPACE: Need[SearchSpace] = Need("space")
"""The search space at this run's size."""

DATA: Need[TaskData] = Need("data")
"""The images."""

RECIPE: Need[Recipe] = Need("recipe")
"""The recipe that will train the chosen networks."""

TEACHER: Need[Teacher | None] = Need("teacher")
"""The network that the recipe's teacher is, or None if there is none."""

TRAINER: Need[TrainerFactory] = Need("trainer")
"""The settings that make a Trainer."""

INHERITANCE: Need[Inheritance | None] = Need("inheritance")
"""The trained network around which the space lies, or None if there is none."""

DEVICE: Need[torch.device] = Need("device")
"""The device on which networks are trained and scored."""

THREADS: Need[int] = Need("threads")
"""The number of threads of torch in each trial."""


class Evaluator(ABC):
    """Scores architectures; the same architecture always gets the same score.

    Attributes:
        shares: whether ``scores`` of several architectures takes less work than each alone
    """

    shares: ClassVar[bool] = False

    @property
    @abstractmethod
    def context(self) -> str:
        """A short hash of everything that the score depends on, except the architecture; it is a key of the store."""

    @abstractmethod
    def score(self, architecture: Architecture) -> Score:
        """Returns the accuracy of one architecture."""

    def scores(self, architectures: Sequence[Architecture]) -> Iterator[Score]:
        """Yields the scores of different architectures in any order; an evaluator may save work among them."""
        return map(self.score, architectures)


@settings
class Scoring(ABC):
    """The settings of scoring architectures.

    Args:
        batch_size: images in one forward pass when accuracy is measured
    """

    needs: ClassVar[Needs]
    """The things that ``evaluator`` is given."""

    batch_size: BatchSize

    @abstractmethod
    def evaluator(self, given: Given) -> Evaluator:
        """Returns the evaluator, whose context contains everything that scores depend on.

        Raises:
            ValueError: these settings do not fit the given things
        """

    @property
    def random_architectures(self) -> int:
        """The number of architectures that are scored after a supernet's training, to show that it has learned."""
        return 50

    @property
    def given_weights(self) -> str | None:
        """The file of supernet weights that is read instead of the run's own, if there is one."""
        return None

    @property
    def ranked_by(self) -> Ranking | None:
        """The networks that are trained alone to measure how well the scores rank, if it is measured."""
        return None

    @property
    def inherits(self) -> bool:
        """Whether each network begins with weights that it inherits from the given network."""
        return False

    def check(self, data: TaskData, recipe: Recipe) -> None:
        """Raises ValueError if the images do not fit a training by the recipe, before anything is scored."""

    @abstractmethod
    def in_words(self, recipe: Recipe) -> str:
        """Returns the words of a report; none if a supernet scores, because the report describes it anyway.

        Args:
            recipe: the recipe of the chosen networks
        """
