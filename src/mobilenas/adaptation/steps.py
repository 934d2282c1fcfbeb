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
"""From architectures to the milliseconds of each."""


class Adaptation:
    """The steps from one network: asks for the seed first, then for each step's proposals, until none is asked.

    Told the same evaluations again, it takes the same steps.

    Args:
        settings: what steps are taken
        space: the seed's widths
        latencies: of its networks, by a table say; must not change while the adaptation lasts
        whole_ms: of a network, measured as a whole where the device is at hand: where a step ends and the next begins,
            so that what the table is off by does not add up over the steps; by ``latencies`` too without it
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
        """Whose weights the networks that are asked for now begin with."""
        return self.path[-1].architecture if self.path else self._space.widest

    @property
    def target_ms(self) -> float:
        """To be reached; known once the seed's latency is."""
        return self._settings.target(self.path[0].latency_ms)

    @property
    def reached(self) -> bool:
        """Whether the last network is fast enough."""
        return bool(self.path) and self.path[-1].latency_ms <= self.target_ms

    def latencies(self, architectures: Sequence[Architecture]) -> list[float]:
        """Milliseconds of networks a step from the last one: of that one as a whole, and what they differ by."""
        if not self._whole_ms or not self.path:
            return list(self._latencies(architectures))
        before_ms, *after_ms = self._latencies([self.parent, *architectures])
        return [self.path[-1].latency_ms + one_ms - before_ms for one_ms in after_ms]

    def ask(self) -> list[Architecture]:
        """The networks to evaluate next, the same ones until they are told; none when no step is left to take."""
        return list(self._asked)

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        """The evaluations of the networks last asked for, in their order; a failed one is not taken.

        Raises:
            ValueError: they are of others, or all have failed
        """
        check_told(self._asked, evaluations)
        succeeded = [one for one in evaluations if one.failure is None]
        if not succeeded:
            raise ValueError(
                f"All {len(evaluations)} proposals failed. The first one failed because {evaluations[0].failure}:"
                " remove the cause, then run the same command with retry_failures=true."
            )
        taken = max(succeeded, key=self._merit) if self.path else succeeded[0]
        if self._whole_ms:
            taken = replace(taken, latency_ms=self._whole_ms(taken.architecture), measured=True)
        self.path.append(taken)
        self._asked = [] if self.reached else self._proposals()

    def _merit(self, proposal: Evaluation) -> float:
        if self._settings.metric == "accuracy":
            return proposal.top1
        return slope(self.path[-1], proposal)

    def _proposals(self) -> list[Architecture]:
        before, seed_ms = self.path[-1], self.path[0].latency_ms
        most_ms = before.latency_ms - self._settings.cut(seed_ms, len(self.path) - 1)
        return propose(before.architecture, self.latencies, most_ms)


def slope(before: Evaluation, after: Evaluation) -> float:
    r""":math:`\Delta Acc / |\Delta Lat|` of a step, in shares per millisecond (Sec. 4.2)."""
    return (after.top1 - before.top1) / abs(after.latency_ms - before.latency_ms)


def propose(parent: Architecture, latencies: Latencies, most_ms: float) -> list[Architecture]:
    """For each width the largest that alone brings the network to ``most_ms``; where none does, there is no proposal.

    Devices have widths that they like, multiples of 16 say, and latency need not rise with the width: from the parent's
    down all are looked at until one will do, twice as many each time, of all places at once.
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
