"""The interfaces of objectives of one number: a loss has a gradient, and a reward has none.

The settings of both need two fields. ``target_ms`` is the target latency in milliseconds, or None; the report shows it.
``target_images`` is the number of images in the forward pass whose time is the target; a run with a target is refused
if its device has another number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Loss(ABC):
    """A loss, which gradient methods minimize."""

    target_ms: float | None
    target_images: int

    def check(self, fastest_ms: float) -> None:
        """Raises ValueError if the loss is not defined for the latency of a search space's fastest network."""
        _check_latency(fastest_ms)

    @abstractmethod
    def loss(self, cross_entropy: Tensor, latency_ms: Tensor) -> Tensor:
        """Returns the loss of two differentiable scalars."""


class Reward(ABC):
    """A reward, which reinforcement learning maximizes."""

    target_ms: float | None
    target_images: int

    def check(self, fastest_ms: float) -> None:
        """Raises ValueError if the reward is not defined for the latency of a search space's fastest network."""
        _check_latency(fastest_ms)

    @abstractmethod
    def reward(self, accuracy: float, latency_ms: float) -> float:
        """Returns the reward of an architecture's accuracy in [0, 1] and its latency."""


def _check_latency(fastest_ms: float) -> None:
    if fastest_ms <= 0:
        raise ValueError(
            f"The latency table predicts {fastest_ms:.4g} ms for the fastest network, which must be above 0: check it."
        )
