"""Reads the evaluations of a run or of a store, with the names of their decisions and their objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mobilenas.evaluation import Evaluation, Store
from mobilenas.files.record import read_record
from mobilenas.files.yaml_text import read_yaml_file
from mobilenas.stages.found import DECISIONS, TOLD, SearchRecord

MAXIMIZE, MINIMIZE = ("accuracy",), ("latency_ms", "params")
"""The objectives where no run tells its own."""


@dataclass(frozen=True)
class Evaluated:
    """Evaluations of one search.

    Args:
        name: that of the run or of the store
        evaluations: failures included
        options: the names of the options of each decision
        maximize: the figures to maximize
        minimize: the figures to minimize
    """

    name: str
    evaluations: tuple[Evaluation, ...]
    options: tuple[tuple[str, ...], ...]
    maximize: tuple[str, ...] = MAXIMIZE
    minimize: tuple[str, ...] = MINIMIZE

    @property
    def figures(self) -> tuple[str, ...]:
        """All objectives, those to maximize first."""
        return (*self.maximize, *self.minimize)

    @property
    def decisions(self) -> tuple[str, ...]:
        """A name for each decision, which sort as the decisions do."""
        digits = len(str(len(self.options)))
        return tuple(f"decision_{number:0{digits}}" for number in range(1, len(self.options) + 1))


def read_evaluated(place: Path, context: str | None = None) -> Evaluated:
    """Reads evaluations.

    Args:
        place: the folder of a run, or a store
        context: that of the search in a store with several ones

    Raises:
        ValueError: there are no evaluations
    """
    if place.is_dir():
        return _of_run(place)
    if not place.is_file():
        raise ValueError(f"{place} is not there: give the folder of a run, or a file evaluations.sqlite.")
    return _of_store(place, context)


def _of_run(folder: Path) -> Evaluated:
    if not (folder / "search" / TOLD).is_file():
        stores = sorted(folder.glob("search/*.sqlite"))
        way_out = f"give {stores[0]}, which has what was evaluated so far" if stores else "run its search first"
        raise ValueError(f"{folder} has no complete search: {way_out}.")
    told = SearchRecord.load(folder / "search").told
    maximize, minimize = _objectives(folder / "config.yaml")
    return Evaluated(folder.resolve().name, told, _options(folder / "search", told), maximize, minimize)


def _of_store(path: Path, context: str | None) -> Evaluated:
    with Store(path) as store:
        contexts = store.contexts()
        if context is None and len(contexts) > 1:
            raise ValueError(
                f"{path} has the evaluations of {len(contexts)} searches, or of other scores: choose one with --context"
                f" {contexts[-1]} (the others are {', '.join(contexts[:-1]):.300})."
            )
        found = tuple(store.all(context or contexts[0])) if contexts else ()
    if not found:
        raise ValueError(f"{path} has no evaluations{f' of the context {context}' if context else ''}.")
    run = path.resolve().parent.parent
    if path.parent.name != "search" or not (run / "config.yaml").is_file():
        return Evaluated(path.stem, found, _options(path.parent, found))
    return Evaluated(run.name, found, _options(path.parent, found), *_objectives(run / "config.yaml"))


def _options(folder: Path, evaluations: Sequence[Evaluation]) -> tuple[tuple[str, ...], ...]:
    """Returns the names that the search has noted, or numbers if a search of an older version has not."""
    counts = [max(column) + 1 for column in zip(*(one.architecture for one in evaluations), strict=True)]
    path = folder / DECISIONS
    names: tuple[tuple[str, ...], ...] = read_record(path, tuple[tuple[str, ...], ...]) if path.is_file() else ()
    fits = len(names) == len(counts) and all(len(own) >= count for own, count in zip(names, counts, strict=True))
    return names if fits else tuple(tuple(map(str, range(count))) for count in counts)


def _objectives(config: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the figures that a run's search maximizes and minimizes, or the usual ones if it names none."""
    settings = read_yaml_file(config) if config.is_file() else None
    objective = settings.get("objective") if isinstance(settings, dict) else None
    if not isinstance(objective, Mapping) or not (objective.get("maximize") or objective.get("minimize")):
        return MAXIMIZE, MINIMIZE
    known = {"accuracy", "latency_ms", "macs", "params"}
    chosen = [tuple(name for name in objective.get(key) or {} if name in known) for key in ("maximize", "minimize")]
    return chosen[0], chosen[1]
