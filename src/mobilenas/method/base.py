"""The interface of methods that train a supernet: settings, which make the module that trains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from mobilenas.settings import Given, Need, Needs, settings

if TYPE_CHECKING:
    from torch import Tensor

    from mobilenas.data import Turns
    from mobilenas.hardware import ExpectedLatency
    from mobilenas.method.supernet_method import SupernetMethod
    from mobilenas.search_space import LayerwiseSpace
    from mobilenas.training.recipe import Recipe

Batches: TypeAlias = "Callable[[int], Iterator[tuple[Tensor, Tensor]]]"
"""Yields the shuffled batches of a split without end, beginning with the batch of a number."""

Init = Literal["random", "zero", "inherit"]
"""The weights that a supernet begins with: random ones, or ones with which residual blocks are the identity, or those
of a trained network."""

LATENCY: Need[ExpectedLatency] = Need("latency")
"""The expected latency of the space on the device."""

BATCHES: Need[Batches] = Need("batches")
"""The batches of the split ``search``."""

TURNS: Need[Turns] = Need("turns")
"""The loader that hands out, in each epoch, the split ``train`` and then the split ``search``."""

PARENT: Need[Mapping[str, Tensor]] = Need("parent")
"""The tensors that the supernet inherits from a trained network, by the names of its ``state_dict``."""


@settings
class Method(ABC):
    """The settings of training a supernet.

    Attributes:
        needs: the things that the module is given besides the space and the recipe
        learns: whether it learns probabilities of the candidates, besides the weights
        init: the weights that the supernet begins with; a setting of the methods that can begin with others
    """

    needs: ClassVar[Needs] = ()
    learns: ClassVar[bool] = False
    init = "random"

    @property
    def target_ms(self) -> float | None:
        """The latency that the method's objective aims at, if it has one."""
        return None

    @property
    def target_images(self) -> int:
        """The number of images in the forward pass whose time is the target."""
        return 1

    def check(self, recipe: Recipe) -> None:
        """Raises ValueError if the method cannot use the recipe, before anything is measured for it."""

    def check_space(self, space: LayerwiseSpace, processes: int) -> None:
        """Raises ValueError if the method cannot train the supernet of a space in a number of processes."""

    @abstractmethod
    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> SupernetMethod:
        """Returns the module that trains the supernet of a space by a recipe.

        Args:
            space: the space of the supernet
            recipe: the recipe that trains its weights
            given: the things that the method needs

        Raises:
            ValueError: the recipe or what is given does not fit the settings
        """


def refuse_average(method: str, recipe: Recipe) -> None:
    """Raises ValueError if the recipe keeps a moving average."""
    if recipe.ema_decay is not None:
        raise ValueError(
            f"{method}: a moving average would mix the architecture parameters of many steps: set"
            " supernet_recipe.ema_decay=null."
        )
