"""Who scores architectures, the settings that say how, and what they may need of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from mobilenas.evaluation import Architecture, Score
from mobilenas.settings import Given, Need, Positive, settings

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from mobilenas.data import ImageData
    from mobilenas.search_space import SearchSpace
    from mobilenas.training.recipe import Recipe
    from mobilenas.training.short import TrainerFactory

SUPERNET: Need[Path] = Need("supernet")
"""The file of a supernet's weights; the scores of a part that needs it depend on them."""

SPACE: Need[SearchSpace] = Need("space")
"""The search space at this run's size."""

DATA: Need[ImageData] = Need("data")
"""The images."""

RECIPE: Need[Recipe] = Need("recipe")
"""How the networks that are chosen will be trained."""

TRAINER: Need[TrainerFactory] = Need("trainer")
"""The settings that make a Trainer."""

DEVICE: Need[torch.device] = Need("device")
"""Where networks are trained and scored."""

THREADS: Need[int] = Need("threads")
"""Of torch in each trial."""


class Evaluator(ABC):
    """Scores architectures; the same architecture always gets the same score."""

    @property
    @abstractmethod
    def context(self) -> str:
        """A short hash of everything but the architecture that the score depends on; the store keys by it."""

    @abstractmethod
    def score(self, architecture: Architecture) -> Score:
        """How accurate one architecture is."""


@settings
class Scoring(ABC):
    """How architectures are scored.

    Args:
        batch_size: images a forward pass when accuracy is counted
    """

    needs: ClassVar[tuple[Need[Any], ...]]
    """What ``evaluator`` is to be given."""

    batch_size: Positive

    @abstractmethod
    def evaluator(self, given: Given) -> Evaluator:
        """Who scores, with all that scores depend on in its context.

        Raises:
            ValueError: these settings do not fit what is given
        """

    @property
    def given_weights(self) -> str | None:
        """A file of supernet weights to be read in place of the run's own, where it reads any."""
        return None

    def check(self, data: ImageData, recipe: Recipe) -> None:  # noqa: B027
        """Raise ValueError where the images do not fit a training by the recipe, before anything is scored."""

    @abstractmethod
    def in_words(self, recipe: Recipe) -> str:
        """What a report says of it; nothing where the supernet scores, of which it tells anyway.

        Args:
            recipe: of the networks that are chosen
        """
