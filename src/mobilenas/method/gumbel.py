"""Settings of FBNet: Gumbel-softmax masks, whose distribution is learned, mix all candidates (Sec. 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.method.base import LATENCY, PARENT, TURNS, Init, Method, refuse_average
from mobilenas.objective import Loss, Reward
from mobilenas.settings import Factor, Given, NonNegative, Share, settings

if TYPE_CHECKING:
    from mobilenas.method.gumbel_module import GumbelModule
    from mobilenas.search_space import LayerwiseSpace
    from mobilenas.training.recipe import Recipe


@settings
class Gumbel(Method):
    r"""Takes, in each epoch, steps of the weights, then of the architecture parameters on other images (Sec. 4.1).

    Args:
        objective: a loss of cross entropy and latency
        lr: learning rate of the architecture parameters' Adam
        weight_decay: L2 penalty on the architecture parameters
        temperature: :math:`\tau` in the first epoch
        temperature_decay: logarithm of the ratio of the first temperature to the temperature at the end of the search;
            the temperature falls by the same factor in each epoch
        warmup_share: share of the epochs before the first architecture step
        hard: whether one candidate runs instead of the sum of all; the others run only in the backward pass of
            architecture steps, for the mask's gradient (straight-through)
        init: the weights that the supernet begins with

    Raises:
        ValueError: the objective is a reward
    """

    needs = (LATENCY, TURNS, PARENT)
    learns = True

    objective: Loss | Reward
    lr: Factor
    weight_decay: NonNegative
    temperature: Factor
    temperature_decay: NonNegative
    warmup_share: Share
    hard: bool = False
    init: Init = "random"

    def __post_init__(self) -> None:
        if not isinstance(self.objective, Loss):
            raise ValueError("Method gumbel minimizes a loss: add objective@method.objective=latency_log.")

    @property
    def target_ms(self) -> float | None:
        return self.objective.target_ms

    @property
    def target_images(self) -> int:
        return self.objective.target_images

    def check(self, recipe: Recipe) -> None:
        refuse_average("gumbel", recipe)
        if self.warmup_share > 1 - 1 / max(recipe.epochs, 1):
            raise ValueError(
                f"gumbel: with a warmup_share of {self.warmup_share}, none of {recipe.epochs} epochs is left for the"
                " architecture: set a smaller method.warmup_share, or a larger supernet_recipe.epochs."
            )

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> GumbelModule:
        from mobilenas.method.beginning import begun
        from mobilenas.method.gumbel_module import GumbelModule

        return begun(GumbelModule(space, recipe, given[LATENCY], given[TURNS], self), self.init, given)
