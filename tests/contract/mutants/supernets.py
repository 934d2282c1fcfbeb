"""Methods that are wrong."""

from torch import Tensor, nn

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.method import TURNS, Fair, Gumbel, Uniform
from mobilenas.method.gumbel_module import GumbelModule
from mobilenas.method.paths_module import PathsModule
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import Given, settings
from mobilenas.training import Recipe
from tests.contract.mutants.numbers import NUMBERS


class Nothing(nn.Module):
    """A loss times 0."""

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self._loss = loss

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        product: Tensor = 0 * self._loss(logits, labels)
        return product


@settings
class Idle(Uniform):
    """Trains by a loss times 0."""

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> PathsModule:
        module = super().module(space, recipe, given)
        module.loss = Nothing(module.loss)
        return module


@settings
class Seedless(Uniform):
    """Draws other paths each time."""

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> PathsModule:
        module = super().module(space, recipe, given)
        module._seed = next(NUMBERS)
        return module


@settings
class Boastful(Fair):
    """Says that it learns probabilities, and has none that move."""

    learns = True

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> PathsModule:
        module = super().module(space, recipe, given)
        probabilities = [[1 / options] * options for options in space.options]
        module.learned = lambda: {"probabilities": probabilities}  # type: ignore[method-assign]
        return module


@settings
class Unhurried(Gumbel):
    """Needs the latency, and takes the same time for every candidate."""

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> GumbelModule:
        same = ExpectedLatency(space, LatencyTable({layer.key: 1.0 for layer in space.pieces if layer.takes_time}))
        return GumbelModule(space, recipe, same, given[TURNS], self)
