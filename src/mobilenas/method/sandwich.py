"""The sandwich rule with in-place distillation (Yu and Huang, Universally Slimmable Networks, 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mobilenas.evaluation import Architecture
from mobilenas.method.base import PARENT, Init, Method
from mobilenas.settings import SEED, Count, Factor, Given, settings

if TYPE_CHECKING:
    from mobilenas.method.sandwich_module import SandwichModule
    from mobilenas.search_space import LayerwiseSpace
    from mobilenas.training.recipe import Recipe


def extremes(space: LayerwiseSpace) -> tuple[Architecture, Architecture]:
    """Returns the largest and the smallest architecture: in each choice block, most and fewest multiply-adds.

    Of several candidates with as many, the one with more parameters is the larger, and then the first one is both.
    """
    sizes = [[(layer.macs, layer.params) for layer in candidates] for candidates in space.choices]
    return tuple(one.index(max(one)) for one in sizes), tuple(one.index(min(one)) for one in sizes)


def sandwich_paths(
    options: Sequence[int],
    rng: np.random.Generator,
    largest: Architecture,
    smallest: Architecture,
    count: int,
) -> NDArray[np.int64]:
    """Returns the largest path, the smallest one, and random ones.

    Args:
        options: number of candidates of each choice block
        rng: draws the random paths
        largest: the first path
        smallest: the second path
        count: number of random paths

    Returns:
        ``(paths, choice blocks)``
    """
    return np.concatenate([[largest, smallest], rng.integers(options, size=(count, len(options)))])


@settings
class Sandwich(Method):
    """Trains, in each step, the largest path on the labels, and the smallest and some random ones on its outputs.

    Args:
        paths: number of random paths in each step
        shared_lr: learning rate of the stem, head and other fixed layers, divided by that of the candidates; every path
            adds to their gradient
        init: the weights that the supernet begins with
    """

    needs = (SEED, PARENT)

    paths: Count = 2
    shared_lr: Factor = 1.0
    init: Init = "random"

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> SandwichModule:
        from mobilenas.method.beginning import begun
        from mobilenas.method.sandwich_module import SandwichModule

        largest, smallest = extremes(space)
        draw = partial(sandwich_paths, largest=largest, smallest=smallest, count=self.paths)
        return begun(SandwichModule(space, recipe, given[SEED], draw, self.shared_lr), self.init, given)
