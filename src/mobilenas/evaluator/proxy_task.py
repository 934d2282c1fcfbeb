"""Trains each architecture by itself for a few epochs (MnasNet Sec. 4.2 and 5)."""

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.evaluator.inheritance import Inheritance
from mobilenas.search_space import SearchSpace
from mobilenas.training.short import ShortTraining, attempt, seed_of


class ProxyTask(Evaluator):
    """Scores by the accuracy on the search split after a short training on the training split.

    A training that diverges, runs out of memory or crashes gets a score too, with the reason.

    Args:
        space: the space of the architectures
        training: the training of each architecture
        seed: initial weights and the random numbers of every step come from it and the architecture
        context: a short hash of all of these
        inheritance: what each network inherits; with None it begins with random weights
    """

    def __init__(
        self,
        space: SearchSpace,
        training: ShortTraining,
        seed: int,
        context: str,
        inheritance: Inheritance | None = None,
    ) -> None:
        self._space, self._training, self._seed, self._context = space, training, seed, context
        self._inheritance = inheritance

    @property
    def context(self) -> str:
        return self._context

    def score(self, architecture: Architecture) -> Score:
        network, training = self._space.network(architecture), self._training
        seed = seed_of(self._seed, architecture)
        begin = self._inheritance.of(network) if self._inheritance else None
        return Score(architecture, *attempt(lambda: training.accuracy(network, training.fit(network, seed, begin))))
