"""Settings of ProxylessNAS: it learns weights on single paths, and architectures by binary gates (Sec. 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mobilenas.method.base import BATCHES, LATENCY, PARENT, Init, Method, refuse_average
from mobilenas.objective import Loss, Reward
from mobilenas.settings import Factor, Fraction, Given, Positive, Share, settings

if TYPE_CHECKING:
    from mobilenas.method.binarized_module import BinarizedModule
    from mobilenas.search_space import LayerwiseSpace
    from mobilenas.training.recipe import Recipe

Rule = Literal["two_path", "exact", "reinforce"]


@settings
class Binarized(Method):
    """Takes steps of the weights on sampled paths, and of the architecture parameters on other images, in turns.

    Args:
        rule: rule of the architecture steps: ``two_path`` (Sec. 3.2.1), ``exact`` (Appendix D), ``reinforce`` (Sec.
            3.3.2)
        objective: a loss for the first two rules, a reward for the last
        lr: learning rate of the architecture parameters' Adam
        betas: decay rates of this Adam
        std: spread of the architecture parameters at the start
        warmup_share: share of the epochs before the first architecture step
        weight_steps: number of weight steps before each architecture step
        samples: number of networks in an architecture step of ``reinforce``
        baseline_rate: share of the way that such a step moves the baseline towards the mean reward
        move_statistics: whether architecture steps change the running statistics of batch norms
        init: the weights that the supernet begins with

    Raises:
        ValueError: the objective does not fit the rule
    """

    needs = (LATENCY, BATCHES, PARENT)
    learns = True

    rule: Rule
    objective: Loss | Reward
    lr: Factor
    betas: tuple[Share, Share] = (0.0, 0.999)
    std: Share = 1e-3
    warmup_share: Share = 0.0
    weight_steps: Positive = 5
    samples: Positive = 10
    baseline_rate: Fraction = 0.99
    move_statistics: bool = False
    init: Init = "random"

    def __post_init__(self) -> None:
        if self.rule == "reinforce" and not isinstance(self.objective, Reward):
            raise ValueError("Rule reinforce maximizes a reward: add objective@method.objective=latency_reward.")
        if self.rule != "reinforce" and not isinstance(self.objective, Loss):
            raise ValueError(f"Rule {self.rule} minimizes a loss: add objective@method.objective=latency_loss.")

    @property
    def target_ms(self) -> float | None:
        return self.objective.target_ms

    @property
    def target_images(self) -> int:
        return self.objective.target_images

    def check(self, recipe: Recipe) -> None:
        refuse_average("binarized", recipe)

    def module(self, space: LayerwiseSpace, recipe: Recipe, given: Given) -> BinarizedModule:
        from mobilenas.method.beginning import begun
        from mobilenas.method.binarized_module import BinarizedModule

        return begun(BinarizedModule(space, recipe, given[LATENCY], given[BATCHES], self), self.init, given)
