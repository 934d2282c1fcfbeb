"""What the stages of a run are given, and what a finished search hands on."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from mobilenas.adaptation import NetAdapt
from mobilenas.algorithm import Algorithm
from mobilenas.data import ImageData
from mobilenas.evaluation import Evaluation
from mobilenas.evaluator import ProxyScoring, Scoring, SupernetScoring
from mobilenas.executor import Executor, LocalExecutor
from mobilenas.files.artifact import Artifact
from mobilenas.files.hashes import digest
from mobilenas.hardware import Hardware
from mobilenas.method import SupernetMethod
from mobilenas.network.spec import NetworkSpec
from mobilenas.objective import ParetoObjective, Reward
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe

NOT_RESULTS = (
    "store",
    "name",
    "stages",
    "outputs",
    "fresh",
    "retry_failures",
    "logger",
    "executor",
    "checkpoint_minutes",
    "data",
    "hardware",
)
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
        scoring: how architectures are scored
        training: what all fits have in common
        networks: published networks to train where there is no search
        executor: runs the search's trials
        store: a file of evaluations that several runs share, in place of the run's own
        adaptation: how NetAdapt makes the network, or what a search has found, smaller
        retry_failures: evaluate again what the store holds as a failure
        improvements: names of what a network that was searched is changed by; ``networks`` already are
    """

    folder: Path
    settings: Mapping[str, Any]
    stages: tuple[str, ...]
    seed: int
    choose: int
    space: SearchSpace
    data: ImageData
    hardware: Hardware
    method: Callable[..., SupernetMethod]
    supernet_recipe: Recipe
    recipe: Recipe
    algorithm: Callable[..., Algorithm]
    objective: ParetoObjective | Reward
    scoring: Scoring
    training: Training
    networks: tuple[NetworkSpec, ...] = ()
    executor: Executor = field(default_factory=LocalExecutor)
    store: Path | None = None
    adaptation: NetAdapt | None = None
    improvements: tuple[str, ...] = ()
    retry_failures: bool = False

    def evaluations(self, stage: str) -> Path:
        """The file of all evaluations of a stage."""
        return self.store or self.folder / stage / "evaluations.sqlite"

    @property
    def layerwise(self) -> LayerwiseSpace:
        """The space, if a supernet can be built of it.

        Raises:
            ValueError: it is not a sequence of choice blocks
        """
        if not isinstance(self.space, LayerwiseSpace):
            raise ValueError(
                f"{self.space.name} has no supernet, as its networks differ in depth and width: add"
                " evaluator=proxy_task, and leave supernet out of stages."
            )
        return self.space

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
            "scoring": asdict(self.scoring) | {"weights": None} | self._proxy,
            "weights": digest(Path(self.weights)) if self.weights else None,
            "seed": self.seed,
            "improvements": list(self.improvements),
            "adaptation": asdict(self.adaptation) if self.adaptation else None,
            "choose": self.choose,
        }

    @property
    def trial_threads(self) -> int:
        """Of torch in each trial."""
        return self.executor.threads or self.settings.get("threads") or torch.get_num_threads()

    @property
    def weights(self) -> str | None:
        """A supernet trained elsewhere."""
        return self.scoring.weights if isinstance(self.scoring, SupernetScoring) else None

    @property
    def maximizes_reward(self) -> bool:
        """Whether the search is for one number, by which networks are chosen."""
        return isinstance(self.objective, Reward) and asks_for(self.algorithm, "objective")

    @property
    def last_search(self) -> str | None:
        """The last of these stages that is complete: search, adapt."""
        return next((name for name in ("adapt", "search") if self.made(name)), None)

    @property
    def adapts(self) -> bool:
        """Whether the networks that are trained are what NetAdapt makes."""
        return self.adaptation is not None

    @property
    def scores_by_supernet(self) -> bool:
        return isinstance(self.scoring, SupernetScoring)

    @property
    def supernet_scoring(self) -> SupernetScoring:
        """How the supernet scores.

        Raises:
            ValueError: architectures are scored in another way
        """
        if not isinstance(self.scoring, SupernetScoring):
            raise ValueError("The stage supernet goes with evaluator=supernet: choose it, or leave out the stage.")
        return self.scoring

    @property
    def _proxy(self) -> dict[str, Any]:
        """What the scores of short trainings depend on besides."""
        if not isinstance(self.scoring, ProxyScoring):
            return {}
        return {"recipe": asdict(self.scoring.shortened(self.recipe)), "threads": self.trial_threads}

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
