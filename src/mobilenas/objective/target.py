"""Objectives whose search ends at a target latency: a loss that learns the weight of latency, and a reward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.objective.base import Loss, Reward
from mobilenas.settings import Factor, NonNegative, NonPositive, Positive, settings

if TYPE_CHECKING:
    from torch import Tensor


@settings
class LatencyTarget(Loss):
    r"""The loss of LightNAS (Luo et al. 2022): the weight of latency rises while the search is above its target.

    .. math::
        Loss = Loss_{CE} + \lambda \left(\frac{\text{LAT}}{T} - 1\right), \qquad
        \lambda \leftarrow \lambda + \eta \left(\frac{\text{LAT}}{T} - 1\right)

    The weight :math:`\lambda` is the multiplier of the constraint :math:`\text{LAT} = T`. Each architecture step takes
    one step of gradient ascent for it. It may become negative, which makes a search below its target slower.

    Args:
        target_ms: :math:`T`
        weight_lr: :math:`\eta`, the learning rate of the weight
        first_weight: :math:`\lambda` before the first architecture step
        target_images: number of images in the forward pass whose time is the target
    """

    target_ms: Factor
    weight_lr: Factor
    first_weight: NonNegative = 0.0
    target_images: Positive = 1

    def loss(self, cross_entropy: Tensor, latency_ms: Tensor) -> Tensor:
        return self.weighted(cross_entropy, latency_ms, self.first_weight)

    def weighted(self, cross_entropy: Tensor, latency_ms: Tensor, weight: Tensor | float) -> Tensor:
        """Returns the loss with a weight."""
        return cross_entropy + weight * (latency_ms / self.target_ms - 1)

    def ascent(self, latency_ms: float) -> float:
        """Returns what an architecture step adds to the weight."""
        return self.weight_lr * (latency_ms / self.target_ms - 1)


@settings
class AbsoluteReward(Reward):
    r"""TuNAS's absolute reward (Bender et al. 2020): faster than the target is as bad as slower.

    .. math:: ACC(m) + \beta \left|\frac{LAT(m)}{T} - 1\right|

    With MnasNet's reward the best network may lie anywhere, because its exponents trade accuracy for latency also at
    the target; here the reward has its kink at the target.

        >>> from mobilenas.objective import AbsoluteReward
        >>> reward = AbsoluteReward(target_ms=80.0, beta=-0.1)
        >>> [round(reward.reward(0.75, latency_ms), 3) for latency_ms in (40.0, 80.0, 120.0)]
        [0.7, 0.75, 0.7]

    Args:
        target_ms: :math:`T`
        beta: strength of the latency, 0 or negative
        target_images: number of images in the forward pass whose time is the target
    """

    target_ms: Factor
    beta: NonPositive
    target_images: Positive = 1

    def reward(self, accuracy: float, latency_ms: float) -> float:
        return accuracy + self.beta * abs(latency_ms / self.target_ms - 1)
