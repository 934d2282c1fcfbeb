"""Limits that every network of a search keeps: what is beyond them is never scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mobilenas.algorithm.base import COSTS
from mobilenas.algorithm.sampling import distinct, size
from mobilenas.evaluation import Architecture
from mobilenas.hardware.memory import memories_mb
from mobilenas.settings import Factor, Given, settings
from mobilenas.settings.kinds import Most

if TYPE_CHECKING:
    from pymoo.core.population import Population

    from mobilenas.hardware.costs import Costs
    from mobilenas.search_space import SearchSpace

FEW = 20_000
"""The most architectures of a space whose members within the limits are listed."""

ROUNDS = 20
"""The number of times that architectures are drawn at random before the last ones are repaired."""

BYTES = 4  # of a parameter


@settings
class Limits:
    """The most that a network of a search may take; null is no limit.

    Args:
        latency_ms: predicted milliseconds of one forward pass
        params: parameters
        macs: multiply-adds
        size_mb: megabytes of the parameters, with 32 bits each
        memory_mb: megabytes of the maps that are alive at once, at most, with 32 bits each
    """

    latency_ms: Factor | None = None
    params: Most | None = None
    macs: Most | None = None
    size_mb: Factor | None = None
    memory_mb: Factor | None = None

    @property
    def given(self) -> Mapping[str, float]:
        """The limits that there are, by name."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def of(self, space: SearchSpace, given: Given) -> Within | None:
        """Returns the part of a space within the limits, or None if there are no limits."""
        return Within(space, self.given, given[COSTS]) if self.given else None

    def in_words(self) -> str:
        """Returns the limits in words; empty if there are none."""
        return ", ".join(f"{name} at most {value:g}" for name, value in self.given.items())


class Within:
    """The architectures of a space that keep some limits.

    Args:
        space: the space
        limits: the most of each figure, by name
        costs: computes the figures
    """

    def __init__(
        self, space: SearchSpace, limits: Mapping[str, float], costs: Callable[[Sequence[Architecture]], Costs]
    ) -> None:
        self._space, self._limits, self._costs = space, limits, costs

    def excess(self, architectures: Sequence[Architecture]) -> NDArray[np.float64]:
        """Returns how far architectures are beyond the limits, ``(N,)``: the sum of the shares; 0 is within."""
        costs = self._costs(architectures)
        figures: dict[str, NDArray[Any]] = {
            "latency_ms": costs.latency_ms,
            "params": costs.params,
            "macs": costs.macs,
            "size_mb": costs.params * BYTES / 1e6,
        }
        if "memory_mb" in self._limits:
            figures["memory_mb"] = memories_mb(self._space, architectures)
        parts = [np.maximum(figures[name] / limit - 1, 0) for name, limit in self._limits.items()]
        excess: NDArray[np.float64] = np.sum(parts, axis=0)
        return excess

    def distinct(self, count: int, rng: np.random.Generator) -> list[Architecture]:
        """Returns different architectures within the limits in random order, or all if there are fewer.

        Raises:
            ValueError: no architecture is within the limits
        """
        if size(self._space) <= FEW:
            everything = list(product(*map(range, self._space.options)))
            found = [everything[place] for place in rng.permutation(np.flatnonzero(self.excess(everything) == 0))]
            if not found:
                self.repaired(everything[0], rng)
            return found[:count]
        kept: dict[Architecture, None] = {}
        for _ in range(ROUNDS):
            drawn = distinct(self._space, count, rng)
            kept |= {one: None for one, over in zip(drawn, self.excess(drawn), strict=True) if not over}
            if len(kept) >= count:
                return list(kept)[:count]
        for one in distinct(self._space, 2 * count, rng):  # few are within: the way to them begins anywhere
            kept[self.repaired(one, rng)] = None
            if len(kept) == count:
                break
        return list(kept)

    def repaired(self, architecture: Architecture, rng: np.random.Generator) -> Architecture:
        """Returns an architecture within the limits, by random changes of single decisions, each towards the limits.

        Raises:
            ValueError: no change comes closer to the limits
        """
        (over,) = self.excess([architecture])
        while over:
            others = [
                (*architecture[:place], option, *architecture[place + 1 :])
                for place, count in enumerate(self._space.options)
                for option in range(count)
                if option != architecture[place]
            ]
            excess = self.excess(others)
            closer = np.flatnonzero(excess < over)
            if not len(closer):
                said = ", ".join(f"{name}={value:g}" for name, value in self._limits.items())
                raise ValueError(
                    f"{self._space.name} has no network within the limits {said}: the nearest one found is {over:.0%}"
                    " beyond them; set higher limits."
                )
            place = int(rng.choice(closer))
            architecture, over = others[place], excess[place]
        return architecture

    def __call__(
        self, problem: object, children: Population, random_state: np.random.Generator, **_: object
    ) -> Population:
        """Repairs children, as an operator of pymoo."""
        for child in children:
            child.X = np.array(self.repaired(tuple(map(int, child.X)), random_state))
        return children
