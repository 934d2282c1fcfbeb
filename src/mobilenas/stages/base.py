"""What the stages of a run are given, and what a finished search hands on."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mobilenas.algorithm import Algorithm
from mobilenas.artifact import Artifact, digest
from mobilenas.data import ImageData
from mobilenas.evaluator import Evaluation, SupernetScoring
from mobilenas.executor import Executor, LocalExecutor
from mobilenas.hardware import Hardware
from mobilenas.method import SupernetMethod
from mobilenas.objective import ParetoObjective
from mobilenas.recipe import Recipe
from mobilenas.search_space import LayerwiseSpace
from mobilenas.spec import NetworkSpec
from mobilenas.training import Training

NOT_RESULTS = ("name", "stages", "outputs", "fresh", "logger", "executor", "checkpoint_minutes", "data", "hardware")
"""Settings that change where and how a run is done; the contents of data and hardware count, not where they are."""


@dataclass(frozen=True)
class Experiment:
    """One run: its folder, its settings, and the objects that they stand for.

    Args:
        folder: the run's own
        settings: everything that results depend on, by config group, as plain values
        stages: names, in order
        seed: of the run
        choose: so many networks are chosen from the front
        space: the search space at this run's size
        data: the images
        hardware: measures or predicts latency
        method: from space, recipe and what else it asks for to the supernet's LightningModule
        supernet_recipe: how the supernet is trained
        recipe: how the chosen networks are trained
        algorithm: from space, objective, seed and what else it asks for to a search
        objective: what is traded off
        scoring: how the supernet scores
        training: what all fits have in common
        networks: published networks to train where there is no search
        executor: runs the search's trials
    """

    folder: Path
    settings: Mapping[str, Any]
    stages: tuple[str, ...]
    seed: int
    choose: int
    space: LayerwiseSpace
    data: ImageData
    hardware: Hardware
    method: Callable[..., SupernetMethod]
    supernet_recipe: Recipe
    recipe: Recipe
    algorithm: Callable[..., Algorithm]
    objective: ParetoObjective
    scoring: SupernetScoring
    training: Training
    networks: tuple[NetworkSpec, ...] = ()
    executor: Executor = field(default_factory=LocalExecutor)

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """All that results depend on, as plain values: settings, and the contents of what they point to."""
        groups = ("method", "supernet_recipe", "recipe", "algorithm", "objective", "trainer", "threads", "name")
        return {group: self.settings.get(group) for group in groups} | {
            "settings": {name: value for name, value in self.settings.items() if name not in NOT_RESULTS},
            "space": [self.space.name, self.space.fingerprint],
            "networks": [network.to_yaml() for network in self.networks],
            "data": self.data.fingerprint,
            "hardware": dict(self.hardware.identity),
            "scoring": asdict(self.scoring) | {"weights": None},
            "weights": digest(Path(self.scoring.weights)) if self.scoring.weights else None,
            "seed": self.seed,
            "choose": self.choose,
        }

    def made(self, stage: str) -> bool:
        """Whether the artifact of a stage is complete."""
        return Artifact.is_complete(self.folder / stage)


@dataclass(frozen=True)
class Candidate:
    """A network to be trained from scratch, with what the search said of it if there was one."""

    spec: NetworkSpec
    evaluation: Evaluation | None = None

    @property
    def name(self) -> str:
        return self.spec.name


def asks_for(factory: Callable[..., object], name: str) -> bool:
    """Whether a group's class names this among its constructor's arguments, and so is to be given it."""
    return name in inspect.signature(factory).parameters


def write_candidates(candidates: list[Candidate], folder: Path) -> None:
    """One YAML a network, and what the search said of each."""
    folder.mkdir(exist_ok=True)
    for candidate in candidates:
        (folder / f"{candidate.name}.yaml").write_text(candidate.spec.to_yaml())
    said = {one.name: asdict(one.evaluation) for one in candidates if one.evaluation}
    (folder / "evaluations.json").write_text(json.dumps(said, indent=1))


def read_candidates(folder: Path) -> list[Candidate]:
    """The networks that ``write_candidates`` wrote, by rising latency."""
    said = {
        name: Evaluation(**fields | {"architecture": tuple(fields["architecture"])})
        for name, fields in json.loads((folder / "evaluations.json").read_text()).items()
    }
    candidates = [Candidate(spec, said.get(spec.name)) for spec in map(NetworkSpec.load, sorted(folder.glob("*.yaml")))]
    return sorted(candidates, key=lambda one: one.evaluation.latency_ms if one.evaluation else 0.0)
