"""The stage that searches the space with an evaluator's scores and the latency table, and chooses networks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mobilenas.algorithm import COSTS, OBJECTIVE, PROBABILITIES, Algorithm, Limits
from mobilenas.evaluation import Evaluation, Store
from mobilenas.evaluator import (
    DATA,
    DEVICE,
    INHERITANCE,
    RECIPE,
    SPACE,
    SUPERNET,
    TEACHER,
    THREADS,
    TRAINER,
    Evaluator,
    Scoring,
)
from mobilenas.executor import Executor
from mobilenas.files.hashes import digest, fingerprint
from mobilenas.files.paths import path_of
from mobilenas.files.record import write_record
from mobilenas.hardware.network_costs import CostModel, cost_model
from mobilenas.objective import Loss, ParetoObjective, Reward
from mobilenas.settings import SEED, Given, plain
from mobilenas.settings.words import described
from mobilenas.stages.base import Facts, Run, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.chosen import write_evaluations
from mobilenas.stages.course import SearchCourse, slowest_ms
from mobilenas.stages.driving import Trials, drive, refuse, threads_of
from mobilenas.stages.found import DECISIONS, FRONT, RANKING, RECORD, TOLD, SearchFacts
from mobilenas.stages.profile import ProfileRecord
from mobilenas.stages.supernet_record import WEIGHTS, SupernetRecord
from mobilenas.training import Recipe

if TYPE_CHECKING:
    from mobilenas.evaluator import Inheritance


@dataclass(frozen=True)
class SearchStage(Stage):
    """Writes the store of all evaluations, the front, and the ranking by a reward.

    Args:
        run: its space is searched
        algorithm: asks for architectures
        objective: the objective of the search
        scoring: the settings of the evaluator
        recipe: the recipe of trainings that score
        executor: runs the trials
        store: file of evaluations that several runs share, instead of the run's own
        retry_failures: whether architectures that the store holds as failures are scored again
    """

    name: ClassVar[str] = "search"
    trains: ClassVar[bool] = True
    algorithm: Algorithm
    objective: ParetoObjective | Reward | Loss
    scoring: Scoring
    recipe: Recipe
    executor: Executor
    store: Path | None = None
    retry_failures: bool = False

    @property
    def depends_on(self) -> Mapping[str, object]:
        return {
            "space": [self.run.space.name, self.run.space.fingerprint],
            "algorithm": plain(self.algorithm),
            "objective": plain(self.objective) if OBJECTIVE in self.algorithm.needs else None,
            "scoring": self._scoring,
            "data": self.run.data.fingerprint,
            "trainer": self.run.training.trainer.identity,
            "seed": self.run.seed,
        }

    @property
    def reads(self) -> tuple[str, ...]:
        return ("profile", "supernet") if self.reads_supernet else ("profile",)

    @property
    def reads_supernet(self) -> bool:
        """Whether the run's own supernet is read: its weights, or its learned probabilities."""
        own_weights = SUPERNET in self.scoring.needs and not self.scoring.given_weights
        return own_weights or PROBABILITIES in self.algorithm.needs

    @property
    def groups(self) -> tuple[str, ...]:
        own = ("search_space", "algorithm", "evaluator", "executor", "data", "trainer")
        objective = ("objective",) if OBJECTIVE in self.algorithm.needs else ()
        return own + objective + (("recipe",) if RECIPE in self.scoring.needs else ())

    @property
    def maximizes_reward(self) -> bool:
        return isinstance(self.objective, Reward) and OBJECTIVE in self.algorithm.needs

    def check(self) -> None:
        if not self.run.space.options:
            raise ValueError(
                f"{self.run.space.name} has nothing to choose from: set search_space.candidates to at least two names."
            )
        if OBJECTIVE in self.algorithm.needs:
            self.algorithm.check(self.objective)
        if self.scoring.inherits and not (self.run.parent and self.run.weights):
            raise ValueError(
                "evaluator.init=inherited needs a trained network around which the search goes: add"
                " search_space=around, network=... and weights=..., or set evaluator.init=random."
            )
        self.scoring.check(self.run.data, self.recipe)
        if TRAINER in self.scoring.needs:
            check_batch(self.run, self.recipe.batch_size, "recipe.batch_size", is_shared=False)

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        """Searches the space; raises ValueError if every evaluation failed."""
        evaluator = self.evaluator()
        search = self.algorithm.search(self.run.space, self._given.only(self.algorithm.needs))
        costs, rounds = self._costs(), list[int]()
        course = self._course(folder, costs)

        def on_told(found: Sequence[Evaluation]) -> None:
            rounds.append(len(found))
            course(found)

        with self.executor.open() as pool, Store(self.store or folder / "evaluations.sqlite") as store:
            trials = Trials(evaluator, costs, store, pool, self.retry_failures)
            told = drive(search, trials, on_told)
        front = search.front()
        if not front:
            refuse(told)
        write_evaluations(told, folder / TOLD)
        write_evaluations(front, folder / FRONT)
        if self.maximizes_reward:
            write_evaluations(search.chosen(search.budget), folder / RANKING)
        write_record(folder / RECORD, replace(self._facts, rounds=tuple(rounds)))
        write_record(folder / DECISIONS, self.run.space.option_names)
        return {"front": len(front)}

    def evaluator(self) -> Evaluator:
        """Returns the evaluator of this run.

        Raises:
            ValueError: the weights that it reads are missing, or they belong to another space
        """
        return self.scoring.evaluator(self._given.only(self.scoring.needs))

    def _course(self, folder: Path, costs: CostModel) -> SearchCourse:
        """Returns what records the search as it goes."""
        series = self.run.training.tracking.series(folder, self.name)
        return SearchCourse(series, slowest_ms(self.run.space, costs), self._target_ms)

    @property
    def _target_ms(self) -> float | None:
        """The target latency: that of the reward, the limit of the search, or the target of the supernet's method."""
        if isinstance(self.objective, Reward) and self.maximizes_reward:
            return self.objective.target_ms
        if PROBABILITIES in self.algorithm.needs:
            return SupernetRecord.load(self.run.folder / "supernet").target_ms
        limits = getattr(self.algorithm, "limits", None)
        return limits.latency_ms if isinstance(limits, Limits) else None

    def _costs(self) -> CostModel:
        return cost_model(self.run.space, ProfileRecord.load(self.run.folder / "profile").table)

    @property
    def _facts(self) -> SearchFacts:
        reward = self.objective if self.maximizes_reward else None
        return SearchFacts(
            described(self.algorithm) + self._limits,
            self.scoring.in_words(self.recipe),
            reward.target_ms if isinstance(reward, Reward) else None,
            self.maximizes_reward,
        )

    @property
    def _limits(self) -> str:
        """The limits of the search in words, if it has any."""
        limits = getattr(self.algorithm, "limits", None)
        return f", {limits.in_words()}" if isinstance(limits, Limits) and limits.given else ""

    @property
    def _scoring(self) -> dict[str, object]:
        """Everything that scores depend on, except the images."""
        needs, weights = self.scoring.needs, self.scoring.given_weights
        return {
            "settings": plain(self.scoring),
            "weights": digest(path_of(weights)) if weights else None,
            "recipe": plain(self.recipe) if RECIPE in needs else None,
            "teacher": self.run.teacher.fingerprint if self.run.teacher and TEACHER in needs else None,
            "threads": threads_of(self.run, self.executor) if THREADS in needs else None,
        } | self._inherited

    @property
    def _inherited(self) -> dict[str, object]:
        """What the scored networks begin with, if that is not random."""
        inheritance = _inheritance(self.run) if self.scoring.inherits else None
        return {"parent": inheritance.fingerprint} if inheritance else {}

    @property
    def _given(self) -> Given:
        """The things that the algorithm or the evaluator may need."""
        run, supernet = self.run, self.run.folder / "supernet"
        weights = self.scoring.given_weights
        return Given(
            {
                OBJECTIVE: lambda: self.objective,
                COSTS: self._costs,
                PROBABILITIES: lambda: SupernetRecord.load(supernet).learned(),
                SEED: lambda: run.seed,
                SUPERNET: lambda: path_of(weights) if weights else supernet / WEIGHTS,
                SPACE: lambda: run.layerwise if SUPERNET in self.scoring.needs else run.space,
                DATA: lambda: run.data,
                RECIPE: lambda: self.recipe,
                TEACHER: lambda: run.teacher,
                TRAINER: lambda: run.training.trainer,
                DEVICE: lambda: run.training.device,
                INHERITANCE: lambda: _inheritance(run),
                THREADS: lambda: threads_of(self.run, self.executor),
            }
        )


def _inheritance(run: Run) -> Inheritance | None:
    """Returns the trained network from which networks inherit, if there is one."""
    if not (run.parent and run.weights):
        return None
    from mobilenas.evaluator import Inheritance

    about = fingerprint([run.parent.to_yaml(), run.weights.fingerprint])
    return Inheritance(run.parent, run.weights.tensors, about)
