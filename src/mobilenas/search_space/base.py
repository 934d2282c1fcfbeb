"""Search spaces: sets of networks, each named by one option index per decision."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.evaluation import Architecture
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec


def different(names: Sequence[str]) -> tuple[str, ...]:
    """Returns names with the number of the option behind those that are equal."""
    counts = Counter(names)
    return tuple(f"{name} #{number}" if counts[name] > 1 else name for number, name in enumerate(names))


class SearchSpace(ABC):
    """A set of networks."""

    name: str

    @property
    @abstractmethod
    def options(self) -> tuple[int, ...]:
        """The number of options of each decision."""

    @property
    def option_names(self) -> tuple[tuple[str, ...], ...]:
        """A name for each option of each decision; those of a decision are different."""
        return tuple(tuple(map(str, range(count))) for count in self.options)

    @property
    @abstractmethod
    def pieces(self) -> tuple[Layer, ...]:
        """All layers, and parts of layers, of the space's networks; equal ones may be repeated.

        A space with too many of them, ``WidthSpace``, lists only some of them.
        """

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """A short hash of everything that the space consists of."""

    @abstractmethod
    def network(self, architecture: Sequence[int]) -> NetworkSpec:
        """Returns the network of an architecture.

        Raises:
            ValueError: the architecture is not of this space
        """

    @property
    def covering(self) -> tuple[tuple[int, ...], ...]:
        """Architectures that together have every layer that a network of the space can have, at every place.

        Raises:
            ValueError: the space does not know them
        """
        raise ValueError(f"{self.name} does not tell all its layers at their places: choose another search_space.")

    @property
    def without_supernet(self) -> str:
        """The reason why the space has no supernet, if it has none."""
        return "its networks differ in depth and width"

    def check(self, architecture: Sequence[int]) -> Architecture:
        """Returns the architecture as a tuple; raises ValueError unless it has one valid option per decision."""
        if len(architecture) != len(self.options):
            raise ValueError(
                f"An architecture of {self.name} must have {len(self.options)} decisions, not {len(architecture)}."
            )
        for decision, (option, count) in enumerate(zip(architecture, self.options, strict=True)):
            if not isinstance(option, int | np.integer) or not 0 <= option < count:
                raise ValueError(
                    f"{self.name}: the option of decision {decision} must be from 0 to {count - 1}, not {option!r}."
                )
        return tuple(int(option) for option in architecture)

    def variations(self, decision: int, option: int) -> tuple[tuple[int, ...], ...]:
        """Returns the options that differ in only one attribute (kernel, expansion, SE, ...), by attribute."""
        others = tuple(other for other in range(self.options[decision]) if other != option)
        return (others,) if others else ()

    def sample(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draws ``count`` uniformly random architectures, ``(count, decisions)``."""
        return rng.integers(0, self.options, size=(count, len(self.options)))
