"""Who scores architectures."""

from abc import ABC, abstractmethod

from mobilenas.evaluation import Architecture, Evaluation


class Evaluator(ABC):
    """Scores architectures; the same architecture always gets the same score."""

    @property
    @abstractmethod
    def context(self) -> str:
        """A short hash of everything but the architecture that the score depends on; the store keys by it."""

    @abstractmethod
    def evaluate(self, architecture: Architecture) -> Evaluation:
        """Score one architecture."""
