"""What the stages of a run are given, and what a finished search hands on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from mobilenas.algorithm import Algorithm
from mobilenas.data import ImageData
from mobilenas.evaluator import Evaluation, SupernetScoring
from mobilenas.hardware import Hardware
from mobilenas.objective import ParetoObjective
from mobilenas.recipe import Recipe
from mobilenas.search_space import LayerwiseSpace
from mobilenas.spec import NetworkSpec
from mobilenas.training import Training


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
        method: from space, recipe and seed to the supernet's LightningModule
        supernet_recipe: how the supernet is trained
        recipe: how the chosen networks are trained
        algorithm: from space, objective and seed to a search
        objective: what is traded off
        scoring: how the supernet scores
        training: what all fits have in common
        networks: published networks to train where there is no search
    """

    folder: Path
    settings: Mapping[str, Any]
    stages: tuple[str, ...]
    seed: int
    choose: int
    space: LayerwiseSpace
    data: ImageData
    hardware: Hardware
    method: Callable[..., pl.LightningModule]
    supernet_recipe: Recipe
    recipe: Recipe
    algorithm: Callable[..., Algorithm]
    objective: ParetoObjective
    scoring: SupernetScoring
    training: Training
    networks: tuple[NetworkSpec, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A network to be trained from scratch, with what the search said of it if there was one."""

    spec: NetworkSpec
    evaluation: Evaluation | None = None

    @property
    def name(self) -> str:
        return self.spec.name


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
