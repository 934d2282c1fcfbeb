"""Trains each architecture by itself for a few epochs (MnasNet Sec. 4.2 and 5)."""

from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.evaluator.base import Evaluator
from mobilenas.hardware.network_costs import CostModel
from mobilenas.search_space import SearchSpace
from mobilenas.training.short import ShortTraining, attempt, seed_of


class ProxyTask(Evaluator):
    """The accuracy on the search split after a short training on the training split, and the costs from a table.

    A training that diverges, runs out of memory or crashes is an evaluation too, with the reason.

    Args:
        space: of the architectures
        training: of each
        costs: latency, multiply-adds and parameters of architectures
        seed: initial weights and every step's random numbers come from it and the architecture
        context: short hash of all of these
    """

    def __init__(self, space: SearchSpace, training: ShortTraining, costs: CostModel, seed: int, context: str) -> None:
        self._space, self._training, self._costs = space, training, costs
        self._seed, self._context = seed, context

    @property
    def context(self) -> str:
        return self._context

    def evaluate(self, architecture: Architecture) -> Evaluation:
        network, costs = self._space.network(architecture), self._costs([architecture])
        training, seed = self._training, seed_of(self._seed, architecture)
        score, failure = attempt(lambda: training.top1(training.fit(network, seed)))
        return Evaluation(
            architecture, score, float(costs.latency_ms[0]), int(costs.macs[0]), int(costs.params[0]), failure
        )
