"""Settings of strictly fair supernet training, which MoGA takes from FairNAS (Sec. 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mobilenas.method.base import PARENT, Init, Method
from mobilenas.settings import SEED, Factor, Given, aside, settings

if TYPE_CHECKING:
    from mobilenas.method.paths_module import PathsModule
    from mobilenas.search_space import LayerwiseSpace
    from mobilenas.training.recipe import Recipe


def fair_paths(options: Sequence[int], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draws paths that together use every candidate; their number is that of the largest choice block's candidates.

    Each layer's column is a random permutation of its candidates, so each candidate is used exactly once. A layer with
    fewer candidates than the largest continues with further permutations, so their uses differ by at most one.

    Args:
        options: number of candidates of each choice block
        rng: draws the permutations

    Returns:
        ``(paths, choice blocks)``
    """
    paths = max(options)
    columns = [np.concatenate([rng.permutation(count) for _ in range(-(-paths // count))])[:paths] for count in options]
    return np.stack(columns, axis=1)


@settings
class Fair(Method):
    """Sums, in each optimizer step, the gradients of one sub-network for each candidate, then updates once.

    Args:
        shared_lr: learning rate of the stem, head and other fixed layers, divided by that of the candidates; every
            sub-network adds to their gradient, so 1 / candidates makes their step that of the mean gradient
        init: the weights that the supernet begins with
        side_by_side: whether all candidates of a layer run at once, each on its own path, instead of one path after
            another. The step is the same; with small images it is faster on a GPU. All its paths are in memory at once
    """

    needs = (SEED, PARENT)

    shared_lr: Factor = 1.0
    init: Init = "random"
    side_by_side: bool = aside(default=False)

    def check_space(self, space: LayerwiseSpace, processes: int) -> None:
        if self.side_by_side:
            from mobilenas.method.side_by_side import check_side_by_side

            check_side_by_side(space, processes)

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> PathsModule:
        from mobilenas.method.beginning import begun
        from mobilenas.method.paths_module import PathsModule

        module = PathsModule(space, recipe, given[SEED], fair_paths, self.shared_lr, self.side_by_side)
        return begun(module, self.init, given)
