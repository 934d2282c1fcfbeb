"""The choice of the networks to train."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from mobilenas.adaptation import NetAdapt
from mobilenas.network import NetworkSpec, improve
from mobilenas.stages.adapt import AdaptRecord, widths_of
from mobilenas.stages.base import Run
from mobilenas.stages.chosen import Chosen
from mobilenas.stages.found import SearchRecord
from mobilenas.stages.seed import SeedRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choice:
    """Chooses the networks to train: networks of NetAdapt or of a search, with improvements, or given networks.

    Args:
        adaptation: NetAdapt's settings, if NetAdapt makes the networks
        improvements: names of the improvements of networks that a search has found; given networks are improved already
    """

    adaptation: NetAdapt | None = None
    improvements: tuple[str, ...] = ()

    def reads(self, run: Run) -> tuple[str, ...]:
        """The stages that have found or made the networks."""
        if self.adaptation:
            return ("adapt",)
        return () if run.networks else ("search",)

    def networks(self, run: Run) -> list[Chosen]:
        """Returns the networks of a run, by rising latency or falling reward."""
        if run.networks and not self.adaptation:
            return [Chosen(spec) for spec in run.networks]
        folder, before = run.folder, None
        if self.adaptation:
            widths, before = widths_of(folder, self.adaptation), SeedRecord.load(folder / "seed").spec
            found = AdaptRecord.load(folder / "adapt", widths).chosen(widths, run.choose)
        else:
            search = SearchRecord.load(folder / "search", run.space)
            if run.architecture:
                found = [search.named(run.space, run.architecture)]
            else:
                found = search.chosen(run.space, run.choose, run.choose_by)
        names = self.improvements
        return [Chosen(_improved(one.spec, names, before)) for one in found] if names else found


def _improved(spec: NetworkSpec, names: Sequence[str], before: NetworkSpec | None) -> NetworkSpec:
    """Applies all improvements that fit, because the found network was not known before the search."""
    for name in names:
        try:
            spec = improve(spec, [name], before)
        except ValueError as error:
            log.warning("retrain: continues without one improvement: %s", error)
    return spec
