"""Settings of NetAdapt, which makes a trained network smaller until it is fast enough (MobileNetV3 Sec. 4.2)."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Gt, Lt

from mobilenas.adaptation.fine_tuning import FineTuning
from mobilenas.settings import Factor, Fraction, Positive, settings

_Part = Annotated[float, Gt(0), Lt(1)]


@settings
class NetAdapt:
    r"""Settings of the steps that NetAdapt takes, from the seed network to the target latency.

    Args:
        target_ms: the latency to reach
        target_share: the latency to reach, as a share of the seed network's; exactly one of the two is given
        delta: the smallest cut of a step, as a share of the seed network's latency
        decay: factor on the smallest cut from one step to the next; the original paper has .96, and begins at 2.5%
        metric: ``slope`` takes the proposal of highest :math:`\Delta Acc / |\Delta Lat|` (MobileNetV3), ``accuracy``
            the proposal that loses least (the original)
        divisor: the channels of proposals are multiples of it
        fine_tuning: the fine-tuning of each proposal
        target_images: number of images in the forward pass whose time is ``target_ms``
        after: what follows: ``fine_tune`` goes on with the weights that the smaller network has, ``scratch`` trains it
            from new ones as the paper does; null fine-tunes if trained weights were given

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
    after: Literal["fine_tune", "scratch"] | None = None

    def __post_init__(self) -> None:
        if (self.target_ms is None) == (self.target_share is None):
            raise ValueError("NetAdapt: give either target_ms, or target_share of the seed's latency.")

    def keeps_weights(self, are_given: bool) -> bool:
        """Returns whether the smaller network keeps its weights; ``are_given`` says whether trained ones were given."""
        return are_given if self.after is None else self.after == "fine_tune"

    def target(self, seed_ms: float) -> float:
        """Returns the milliseconds to reach, if the seed network takes ``seed_ms``."""
        return self.target_ms if self.target_ms is not None else (self.target_share or 0) * seed_ms

    def cut(self, seed_ms: float, step: int) -> float:
        """Returns the smallest number of milliseconds that a step takes away; the first step has the number 0."""
        return self.delta * self.decay**step * seed_ms
