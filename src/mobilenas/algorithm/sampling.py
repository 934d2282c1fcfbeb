"""Draws uniformly random architectures, none of them twice."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from mobilenas.evaluation import Architecture

if TYPE_CHECKING:
    from mobilenas.search_space import SearchSpace


def size(space: SearchSpace) -> int:
    """Returns the number of architectures in the space."""
    return prod(space.options)


def distinct(space: SearchSpace, count: int, rng: np.random.Generator) -> list[Architecture]:
    """Draws ``count`` different architectures in random order, or the whole space if it has fewer."""
    count = min(count, size(space))
    found: dict[Architecture, None] = {}
    while len(found) < count:
        found.update(dict.fromkeys(tuple(row.tolist()) for row in space.sample(count, rng)))
    return list(found)[:count]
