"""Single-path one-shot: the supernet is trained on uniformly drawn paths (Guo et al. 2019, Sec. 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mobilenas.method.base import PARENT, Init, Method
from mobilenas.settings import SEED, Given, settings

if TYPE_CHECKING:
    from mobilenas.method.paths_module import PathsModule
    from mobilenas.search_space import LayerwiseSpace
    from mobilenas.training.recipe import Recipe


def uniform_path(options: Sequence[int], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draws one path; all paths are equally probable.

    Args:
        options: number of candidates of each choice block
        rng: draws the path

    Returns:
        ``(1, choice blocks)``
    """
    return rng.integers(options)[np.newaxis]


@settings
class Uniform(Method):
    """Trains one path in each step; every candidate of a choice block is equally probable.

    Args:
        init: the weights that the supernet begins with
    """

    needs = (SEED, PARENT)

    init: Init = "random"

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> PathsModule:
        from mobilenas.method.beginning import begun
        from mobilenas.method.paths_module import PathsModule

        return begun(PathsModule(space, recipe, given[SEED], uniform_path), self.init, given)
