"""Scores a smaller network after a short fine-tuning of its parent's weights (NetAdapt)."""

from collections.abc import Mapping

from torch import Tensor, nn

from mobilenas.adaptation.layer_weights import Keep
from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace
from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.training.short import ShortTraining, attempt, seed_of


class FineTune(Evaluator):
    """Scores a network by the accuracy of its truncated parent on the search split, after some steps of training.

    The parent itself is scored without any training.

    Args:
        space: the space of widths
        parent: the architecture whose weights are given
        weights: the weights of the parent, as its module's ``state_dict``
        keep: which channels of the parent stay
        training: the training of each network
        seed: seed of the steps' random numbers, together with the architecture
        context: a short hash of all of these
    """

    def __init__(
        self,
        space: WidthSpace,
        parent: Architecture,
        weights: Mapping[str, Tensor],
        keep: Keep,
        training: ShortTraining,
        seed: int,
        context: str,
    ) -> None:
        self._space, self._parent, self._weights, self._keep = space, parent, weights, keep
        self._training, self._seed, self._context = training, seed, context

    @property
    def context(self) -> str:
        return self._context

    def score(self, architecture: Architecture) -> Score:
        network = self._space.network(architecture)
        return Score(architecture, *attempt(lambda: self._training.accuracy(network, self._tuned(architecture))))

    def weights(self, architecture: Architecture) -> dict[str, Tensor]:
        """Returns the weights that a network is scored with, on the CPU."""
        return {name: tensor.cpu() for name, tensor in self._tuned(architecture).state_dict().items()}

    def _tuned(self, architecture: Architecture) -> nn.Module:
        parent, network = self._space.network(self._parent), self._space.network(architecture)
        begin = truncated(self._weights, parent, network, self._keep)
        if architecture == self._parent:
            return self._training.loaded(network, begin)
        return self._training.fit(network, seed_of(self._seed, architecture), begin)
