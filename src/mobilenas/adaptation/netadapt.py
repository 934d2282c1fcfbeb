"""NetAdapt: a trained network made smaller step by step until it is fast enough (MobileNetV3 Sec. 4.2)."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Gt, Lt

from mobilenas.adaptation.fine_tuning import FineTuning
from mobilenas.settings import Factor, Fraction, Positive, settings

_Part = Annotated[float, Gt(0), Lt(1)]


@settings
class NetAdapt:
    r"""What steps are taken.

    Args:
        target_ms: latency to reach
        target_share: the same as a share of the seed's; one of the two is given
        delta: least cut of a step, as a share of the seed's latency
        decay: factor on it from one step to the next; the original paper's has .96, from 2.5% on
        metric: ``slope`` takes the proposal of highest :math:`\Delta Acc / |\Delta Lat|` (MobileNetV3), ``accuracy``
            the one that loses least (the original)
        divisor: of the channels that proposals have
        fine_tuning: of each proposal
        target_images: ``target_ms`` is the time of so many at once

    Raises:
        ValueError: there is no target, or there are two
    """

    target_ms: Factor | None = None
    target_share: _Part | None = None
    delta: _Part = 0.01
    decay: Fraction = 1.0
    metric: Literal["slope", "accuracy"] = "slope"
    divisor: Positive = 8
    fine_tuning: FineTuning = field(default_factory=FineTuning)
    target_images: Positive = 1

    def __post_init__(self) -> None:
        if (self.target_ms is None) == (self.target_share is None):
            raise ValueError("NetAdapt: give either target_ms, or target_share of the seed's latency.")

    def target(self, seed_ms: float) -> float:
        """Milliseconds to reach from a seed of ``seed_ms``."""
        return self.target_ms if self.target_ms is not None else (self.target_share or 0) * seed_ms

    def cut(self, seed_ms: float, step: int) -> float:
        """Least milliseconds that the step of that number, from 0 on, takes away."""
        return self.delta * self.decay**step * seed_ms
