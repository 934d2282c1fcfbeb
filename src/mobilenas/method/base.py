"""What every method of training a supernet is to its user: settings, which make the module that trains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from mobilenas.settings import Given, Need, settings

if TYPE_CHECKING:
    from torch import Tensor

    from mobilenas.data import Turns
    from mobilenas.hardware import ExpectedLatency
    from mobilenas.method.supernet_method import SupernetMethod
    from mobilenas.search_space import LayerwiseSpace
    from mobilenas.training.recipe import Recipe

Batches: TypeAlias = "Callable[[int], Iterator[tuple[Tensor, Tensor]]]"
"""The shuffled batches of a split without end, from the batch of that number on."""

LATENCY: Need[ExpectedLatency] = Need("latency")
"""Expected over the space, on the device."""

BATCHES: Need[Batches] = Need("batches")
"""Of the split that steers the search."""

TURNS: Need[Turns] = Need("turns")
"""The loader that in each epoch hands out the training split and then the steering split."""


@settings
class Method(ABC):
    """How a supernet is trained.

    Attributes:
        needs: what the module is given beside the space and the recipe
        learns: whether it learns probabilities of the candidates, beside the weights
    """

    needs: ClassVar[tuple[Need[Any], ...]] = ()
    learns: ClassVar[bool] = False

    @property
    def target_ms(self) -> float | None:
        """The latency that the method's objective aims at, if it has one."""
        return None

    @property
    def target_images(self) -> int:
        """So many at once take the target."""
        return 1

    def check(self, recipe: Recipe) -> None:  # noqa: B027
        """Raise ValueError for a recipe that the method cannot work with, before anything is measured for it."""

    @abstractmethod
    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> SupernetMethod:
        """What trains the supernet of a space by a recipe.

        Args:
            space: whose supernet is trained
            recipe: how its weights are trained
            given: what the method needs

        Raises:
            ValueError: the recipe or what is given does not fit the settings
        """


def refuse_average(method: str, recipe: Recipe) -> None:
    """Raise ValueError for a recipe that keeps a moving average."""
    if recipe.ema_decay is not None:
        raise ValueError(
            f"{method}: a moving average would mix the architecture parameters of many steps: set"
            " supernet_recipe.ema_decay=null."
        )
