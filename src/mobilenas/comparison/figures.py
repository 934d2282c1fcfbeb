"""The figures of compared runs: hypervolume against a common reference, best accuracies, and mean and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from mobilenas.algorithm import hypervolume
from mobilenas.comparison.compared_run import ComparedRun
from mobilenas.comparison.groups import Group


@dataclass(frozen=True)
class Reference:
    """A reference point of hypervolumes."""

    latency_ms: float
    accuracy: float


@dataclass(frozen=True)
class Spread:
    """A figure over the runs of a group.

    Args:
        mean: its mean; None if no run has it
        std: its sample standard deviation; None with fewer than two runs
        count: the number of runs that have it
    """

    mean: float | None
    std: float | None
    count: int


@dataclass(frozen=True)
class RunFigures:
    """The figures of a run.

    Args:
        run: the run
        hypervolume: accuracy times milliseconds, that its evaluations dominate up to the reference of its device
        best: its highest accuracy
        best_within: its highest accuracy within each target in milliseconds; None where no network is so fast
    """

    run: ComparedRun
    hypervolume: float
    best: float
    best_within: Mapping[float, float | None]


def references_of(runs: Sequence[ComparedRun], given: Reference | None = None) -> dict[str, Reference]:
    """Returns the reference point of each device: the given one, or the worst of all evaluations on it."""
    found = {}
    for device in dict.fromkeys(run.device for run in runs):
        every = [one for run in runs if run.device == device for one in run.evaluations]
        worst = Reference(max(one.latency_ms for one in every), min(one.accuracy for one in every))
        found[device] = given or worst
    return found


def figures_of(run: ComparedRun, reference: Reference, targets_ms: Sequence[float]) -> RunFigures:
    """Returns the figures of a run."""
    area = hypervolume(run.evaluations, reference.latency_ms, reference.accuracy)
    within = {target: [one.accuracy for one in run.evaluations if one.latency_ms <= target] for target in targets_ms}
    best = max(one.accuracy for one in run.evaluations)
    return RunFigures(run, area, best, {target: max(found, default=None) for target, found in within.items()})


def over_seeds(figures: Sequence[float | None]) -> Spread:
    """Returns mean and sample standard deviation of the figures that are known."""
    known = [one for one in figures if one is not None]
    if not known:
        return Spread(None, None, 0)
    return Spread(mean(known), stdev(known) if len(known) > 1 else None, len(known))


@dataclass(frozen=True)
class StageCost:
    """The cost of a stage over all runs.

    Args:
        stage: its name
        runs: the number of runs that have it
        made: the number of its different artifacts, each of which was made once
        seconds: the time of making them all; None if one does not tell it
        evaluations: the number of architectures that they evaluated; None if it evaluates none, or does not tell it
    """

    stage: str
    runs: int
    made: int
    seconds: float | None
    evaluations: int | None


def costs_of(runs: Sequence[ComparedRun], stages: Sequence[str]) -> list[StageCost]:
    """Returns the cost of each stage that a run has; what runs share counts once."""
    found = []
    for stage in stages:
        every = [run.made[stage] for run in runs if stage in run.made]
        own = {one.fingerprint: one.seconds for one in every}
        known = [one for one in own.values() if one is not None]
        searched = {run.made[stage].fingerprint: len(run.told) for run in runs if stage == run.searched_by}
        seconds = sum(known) if len(known) == len(own) else None
        if every:
            found.append(StageCost(stage, len(every), len(own), seconds, sum(searched.values()) or None))
    return found


@dataclass(frozen=True)
class Comparison:
    """Compared runs.

    Args:
        groups: the groups of runs
        figures: the figures of each run, by its folder
        references: the reference point of each device
        targets_ms: the target latencies
        costs: the cost of each stage
        caveats: what a reader must know
        left_out: why runs were left out, a sentence each
    """

    groups: tuple[Group, ...]
    figures: Mapping[str, RunFigures]
    references: Mapping[str, Reference]
    targets_ms: tuple[float, ...]
    costs: tuple[StageCost, ...]
    caveats: tuple[str, ...]
    left_out: tuple[str, ...]

    def of(self, group: Group) -> list[RunFigures]:
        """Returns the figures of a group's runs."""
        return [self.figures[str(run.folder)] for run in group.runs]
