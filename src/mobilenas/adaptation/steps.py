"""NetAdapt's steps from a trained network to one that is fast enough (MobileNetV3 Sec. 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mobilenas.algorithm.base import check_told
from mobilenas.evaluation import Architecture, Evaluation

if TYPE_CHECKING:
    from mobilenas.adaptation.netadapt import NetAdapt
    from mobilenas.adaptation.widths import WidthSpace

Latencies = Callable[[Sequence[Architecture]], Sequence[float]]
"""Maps architectures to the milliseconds of each."""


class Adaptation:
    """The steps from one network; it asks for the seed network first, and then for the proposals of each step.

    If it is told the same evaluations again, it takes the same steps.

    Args:
        settings: the settings of the steps
        space: the widths of the seed network
        latencies: predicts the latencies of networks, for example by a table; must not change during the adaptation
        whole_ms: measures a network as a whole, if the device is here. A step ends and the next begins at this latency,
            so that errors of the table do not add up over the steps. Without it, ``latencies`` is used here too
    """

    def __init__(
        self,
        settings: NetAdapt,
        space: WidthSpace,
        latencies: Latencies,
        whole_ms: Callable[[Architecture], float] | None = None,
    ) -> None:
        self._settings, self._space, self._latencies, self._whole_ms = settings, space, latencies, whole_ms
        self._asked: list[Architecture] = [space.widest]
        self.path: list[Evaluation] = []

    @property
    def parent(self) -> Architecture:
        """The architecture whose weights the networks begin with that are asked for now."""
        return self.path[-1].architecture if self.path else self._space.widest

    @property
    def target_ms(self) -> float:
        """The latency to reach, which is known when the latency of the seed network is known."""
        return self._settings.target(self.path[0].latency_ms)

    @property
    def reached(self) -> bool:
        """Whether the last network is fast enough."""
        return bool(self.path) and self.path[-1].latency_ms <= self.target_ms

    def latencies(self, architectures: Sequence[Architecture]) -> list[float]:
        """Returns the milliseconds of proposals: those of the last network, and the predicted difference from it."""
        if not self._whole_ms or not self.path:
            return list(self._latencies(architectures))
        before_ms, *after_ms = self._latencies([self.parent, *architectures])
        return [self.path[-1].latency_ms + one_ms - before_ms for one_ms in after_ms]

    def ask(self) -> list[Architecture]:
        """Returns the networks to evaluate next, the same ones until they are told; none if no step is left."""
        return list(self._asked)

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """Takes the evaluations of the networks that were asked for last, in their order; no failed network is taken.

        Raises:
            ValueError: the evaluations are of other networks, or all have failed
        """
        check_told(self._asked, evaluations)
        succeeded = [one for one in evaluations if one.failure is None]
        if not succeeded:
            raise ValueError(
                f"All {len(evaluations)} proposals failed. The first failure: {evaluations[0].failure}."
                " Remove the cause, then run the same command with retry_failures=true."
            )
        taken = max(succeeded, key=self._merit) if self.path else succeeded[0]
        if self._whole_ms:
            taken = replace(taken, latency_ms=self._whole_ms(taken.architecture), measured=True)
        self.path.append(taken)
        self._asked = [] if self.reached else self._proposals()

    def _merit(self, proposal: Evaluation) -> float:
        if self._settings.metric == "accuracy":
            return proposal.accuracy
        return slope(self.path[-1], proposal)

    def _proposals(self) -> list[Architecture]:
        before, seed_ms = self.path[-1], self.path[0].latency_ms
        most_ms = before.latency_ms - self._settings.cut(seed_ms, len(self.path) - 1)
        return propose(before.architecture, self.latencies, most_ms)


def slope(before: Evaluation, after: Evaluation) -> float:
    r"""Returns :math:`\Delta Acc / |\Delta Lat|` of a step, in shares per millisecond (Sec. 4.2)."""
    return (after.accuracy - before.accuracy) / abs(after.latency_ms - before.latency_ms)


def propose(parent: Architecture, latencies: Latencies, most_ms: float) -> list[Architecture]:
    """Proposes for each width the largest option that alone brings the network to ``most_ms``, if there is one.

    Latency need not rise with the width: some widths are faster on a device, for example multiples of 16. Therefore the
    options are tried from the parent's width down, until one is fast enough. Each time twice as many options are tried,
    for all widths at once.
    """
    found: dict[int, int] = {}
    ends, many = {place: option for place, option in enumerate(parent) if option}, 1
    while ends:
        asked = [(place, option) for place, end in ends.items() for option in range(end)[-many:][::-1]]
        times_ms = latencies([_with(parent, place, option) for place, option in asked])
        for (place, option), ms in zip(asked, times_ms, strict=True):
            if ms <= most_ms:
                found.setdefault(place, option)
        ends = {place: end - many for place, end in ends.items() if place not in found and end > many}
        many *= 2
    return [_with(parent, place, option) for place, option in sorted(found.items())]


def _with(parent: Architecture, place: int, option: int) -> Architecture:
    return (*parent[:place], option, *parent[place + 1 :])
