"""A run as the comparison reads it from its folder: settings, evaluations, device and cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mobilenas.evaluation import Evaluation
from mobilenas.files.artifact import IMAGES, SECONDS, Artifact, found_artifact
from mobilenas.files.yaml_text import read_yaml_file
from mobilenas.hardware import LatencyTable
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.stages import AdaptRecord, SearchRecord
from mobilenas.stages.base import STAGE_NAMES
from mobilenas.stages.profile import TABLE

ASIDE_SETTINGS = (
    *("outputs", "stages", "store", "retry_failures", "fresh", "checkpoint_minutes", "logger", "executor", "scale"),
    *("baselines", "choose", "choose_by", "architecture", "evaluator.ranking"),
    *(
        "quantize",
        "quantize_recipe",
        "hardware.cache",
        "data.workers",
        "data.in_memory",
        "data.root",
        "evaluator.weights",
    ),
)
"""Settings, and groups of them, that say where or how something is done, or from which others are made."""

_NAMES, _HOW = ("device", "gpu", "engine", "version"), ("precision", "threads", "cores", "batch", "clock")
"""The facts of a latency table; if one of them differs, two latencies are of different devices."""


@dataclass(frozen=True)
class MadeStage:
    """An artifact of a stage, which runs may share; the seconds are None if it does not tell them."""

    fingerprint: str
    seconds: float | None


@dataclass(frozen=True)
class ComparedRun:
    """A run whose search is complete.

    Args:
        folder: the run's folder
        settings: its settings by name, as ``hardware.engine.threads``, without those that no result depends on
        seed: its seed
        told: all its evaluations, failures included
        device: the facts of its device and engine in words
        images: a hash of its images and splits; empty if an older version wrote it
        made: its artifacts by stage
    """

    folder: Path
    settings: Mapping[str, object]
    seed: int
    told: tuple[Evaluation, ...]
    device: str
    images: str
    made: Mapping[str, MadeStage]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def searched_by(self) -> str:
        """The stage that has made the evaluations."""
        return "adapt" if "adapt" in self.made else "search"

    @cached_property
    def evaluations(self) -> tuple[Evaluation, ...]:
        """The evaluations without failures."""
        return tuple(one for one in self.told if one.failure is None)

    @cached_property
    def front(self) -> tuple[Evaluation, ...]:
        """The evaluations that none beats in accuracy and latency, by rising latency."""
        return tuple(ACCURACY_LATENCY.non_dominated(self.evaluations))

    def of_group(self, group: str) -> dict[str, object]:
        """Returns the settings of a group, by name."""
        return {name: value for name, value in self.settings.items() if name.partition(".")[0] == group}


def read_compared(folder: Path) -> ComparedRun:
    """Reads a run.

    Raises:
        ValueError: it has no complete search, and NetAdapt has not ended either; the error says why
    """
    config = folder / "config.yaml"
    if not config.is_file():
        raise ValueError(f"{folder} is not the folder of a run: it has no config.yaml.")
    settings = read_yaml_file(config)
    if not isinstance(settings, dict) or not isinstance(settings.get("seed"), int):
        raise ValueError(f"{config} does not hold the settings of a run.")
    found = {name: found_artifact(folder / name) for name in STAGE_NAMES}
    made = {name: _made(one) for name, one in found.items() if one.complete}
    told = AdaptRecord.load(folder / "adapt").told if "adapt" in made else _searched(folder, made)
    if not any(one.failure is None for one in told):
        raise ValueError(f"{folder}: all its evaluations failed.")
    images = {str(one.facts.get(IMAGES, "")) for name, one in found.items() if name in made and name != "profile"}
    aside = ASIDE_SETTINGS if _trains_to_score(settings, made) else (*ASIDE_SETTINGS, "recipe")
    own = {name: value for name, value in _flat(settings) if not _is_aside(name, aside)}
    hashes = images - {""}
    return ComparedRun(
        folder, own, settings["seed"], told, _device(folder), hashes.pop() if len(hashes) == 1 else "", made
    )


def _searched(folder: Path, made: Mapping[str, MadeStage]) -> tuple[Evaluation, ...]:
    if "search" not in made:
        done = ", ".join(made) or "nothing"
        raise ValueError(f"{folder} has no complete search ({done} is complete): run its command to the end.")
    return SearchRecord.load(folder / "search").told


def _made(artifact: Artifact) -> MadeStage:
    seconds = artifact.facts.get(SECONDS)
    return MadeStage(artifact.fingerprint, float(seconds) if isinstance(seconds, int | float) else None)


def _device(folder: Path) -> str:
    path = folder / "profile" / TABLE
    if not path.is_file():
        return "unknown"
    about = LatencyTable.load(path).about
    names = [about[name] for name in _NAMES if name in about]
    settings = [f"{name} {about[name]}" for name in _HOW if name in about]
    return (
        ", ".join(names + settings) or f"the table {about.get('space', '')} {found_artifact(path.parent).fingerprint}"
    )


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _trains_to_score(settings: Mapping[str, object], made: Mapping[str, MadeStage]) -> bool:
    """Returns whether the recipe of the chosen networks also trains what the search scores."""
    evaluator = settings.get("evaluator")
    target = str(evaluator.get("_target_", "")) if isinstance(evaluator, Mapping) else ""
    return "adapt" in made or not target.endswith(".SupernetScoring")


def _is_aside(name: str, aside: Sequence[str]) -> bool:
    return name == "seed" or any(name == one or name.startswith(f"{one}.") for one in aside)
