"""The stage that trains the supernet, then shows on random architectures that it has learned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import ConfigDict, with_config

from mobilenas.evaluator import DATA, DEVICE, SPACE, SUPERNET, Scoring
from mobilenas.files.record import damaged, read_record, strict, write_record
from mobilenas.method import BATCHES, LATENCY, TURNS, Method
from mobilenas.progress import Progress
from mobilenas.settings import SEED, Given, plain
from mobilenas.settings.kinds import Latency, Probability
from mobilenas.settings.words import described
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.profile import ProfileRecord
from mobilenas.training import Recipe

if TYPE_CHECKING:
    from mobilenas.data import EpochLoader

WEIGHTS, LEARNED, RANDOM, RECORD = "supernet.safetensors", "learned.json", "random_architectures.json", "record.json"

ROUNDING = 1e-4
"""The largest difference from 1 that the sum of probabilities has by rounding."""


@strict
@dataclass(frozen=True)
class SupernetFacts:
    """The content of the stage's record.json: the method and its training in words, and the method's target."""

    made_by: str
    target_ms: Latency | None


@strict
@dataclass(frozen=True)
class Epoch:
    """The latency of the architecture parameters after one epoch."""

    expected_latency_ms: Latency
    derived_latency_ms: Latency


@with_config(ConfigDict(extra="ignore", allow_inf_nan=False))  # a method of one's own may learn more
@dataclass(frozen=True)
class Learned:
    """The content of the stage's learned.json, with what a run's other stages read; see ``SupernetRecord``."""

    probabilities: tuple[tuple[Probability, ...], ...] | None = None
    history: tuple[Epoch, ...] = ()


@dataclass(frozen=True)
class SupernetRecord:
    """The results of the stage.

    Args:
        made_by: the method and its training, in words
        random_top1: accuracies of random architectures
        probabilities: the probabilities of the candidates of each choice block; None if the method learns none
        history: expected and derived latency in milliseconds after each epoch; empty if the method learns none
        target_ms: the target latency of the method
    """

    made_by: str
    random_top1: tuple[float, ...]
    probabilities: tuple[tuple[float, ...], ...] | None
    history: tuple[tuple[float, float], ...]
    target_ms: float | None

    @classmethod
    def load(cls, folder: Path) -> SupernetRecord:
        """Reads the record in the stage's folder; raises ValueError if a file is not as the stage wrote it."""
        facts: SupernetFacts = read_record(folder / RECORD, SupernetFacts)
        learned: Learned = read_record(folder / LEARNED, Learned)
        if wrong := next((p for p in learned.probabilities or () if abs(sum(p) - 1) > ROUNDING), None):
            raise damaged(folder / LEARNED, f"the probabilities {list(wrong)} do not sum to 1")
        scores: tuple[float, ...] = read_record(folder / RANDOM, tuple[Probability, ...])
        history = tuple((one.expected_latency_ms, one.derived_latency_ms) for one in learned.history)
        return cls(facts.made_by, scores, learned.probabilities, history, facts.target_ms)

    def learned(self) -> tuple[tuple[float, ...], ...]:
        """Returns the probabilities.

        Raises:
            ValueError: the method has learned none
        """
        if self.probabilities is None:
            raise ValueError(
                "The supernet has learned no probabilities: train it with method=binarized or method=gumbel."
            )
        return self.probabilities


@dataclass(frozen=True)
class SupernetStage(Stage):
    """Writes the shared weights, what the method has learned, and the scores of random architectures.

    Args:
        run: its space is trained on its data
        method: trains the supernet
        recipe: the recipe that trains its weights
        scoring: the settings of scoring random architectures
        is_read: whether the search reads this stage's artifact, even if other weights are given
    """

    name: ClassVar[str] = "supernet"
    trains: ClassVar[bool] = True
    method: Method
    recipe: Recipe
    scoring: Scoring
    is_read: bool = True

    @property
    def depends_on(self) -> Mapping[str, object]:
        return {
            "space": [self.run.space.name, self.run.space.fingerprint],
            "method": plain(self.method),
            "recipe": plain(self.recipe),
            "scoring": plain(self.scoring),
        } | self.run.trained

    @property
    def reads(self) -> tuple[str, ...]:
        """The latency table, if the method learns for the device; otherwise a new device needs no new supernet."""
        return ("profile",) if LATENCY in self.method.needs else ()

    @property
    def groups(self) -> tuple[str, ...]:
        return "search_space", "method", "supernet_recipe", "evaluator", "data", "trainer"

    @property
    def unneeded(self) -> str:
        return "" if self.is_read or not self.scoring.given_weights else "evaluator.weights are given"

    def check(self) -> None:
        _ = self.run.layerwise
        self.method.check(self.recipe)
        self.run.data.check_batch(self.recipe.batch_size)
        trainer = self.run.training.trainer
        if TURNS in self.method.needs and trainer.limit_train_batches is not None:
            raise ValueError(
                "trainer.limit_train_batches would leave out the last batches of an epoch, with which this method"
                " trains the architecture: leave it out."
            )
        if trainer.accumulate_grad_batches > 1:
            raise ValueError(
                "trainer.accumulate_grad_batches has no meaning for a supernet, whose methods take steps of their own:"
                " leave it at 1."
            )

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        given, loader = self._given, None
        if TURNS in self.method.needs:
            loader = given[TURNS]
        module = self.run.training.fit(
            lambda: self.method.module(self.run.layerwise, self.recipe, given.only(self.method.needs)),
            loader or self._loader(),
            self.recipe,
            folder,
            "supernet",
        )
        return self._write(module, folder)

    def _write(self, module: object, folder: Path) -> Facts:
        from mobilenas.method import SupernetMethod
        from mobilenas.supernet import save_supernet

        assert isinstance(module, SupernetMethod)
        save_supernet(module.supernet.float(), folder / WEIGHTS)
        write_record(folder / LEARNED, module.learned())
        scores = self._random_scores(folder)
        write_record(folder / RANDOM, scores)
        made_by = f"{described(self.method)}; {self.recipe.in_words()}"
        write_record(folder / RECORD, SupernetFacts(made_by, self.method.target_ms))
        return {"random_top1_mean": float(np.mean(scores)), "random_top1_std": float(np.std(scores))}

    @property
    def _given(self) -> Given:
        from mobilenas.data import Turns
        from mobilenas.hardware import ExpectedLatency

        def latency() -> ExpectedLatency:
            return ExpectedLatency(self.run.layerwise, ProfileRecord.load(self.run.folder / "profile").table)

        return Given(
            {
                SEED: lambda: self.run.seed,
                LATENCY: latency,
                BATCHES: lambda: self._steering_loader().endless,
                TURNS: lambda: Turns(self._loader(), self._steering_loader()),
            }
        )

    def _loader(self) -> EpochLoader:
        return self.run.data.train_loader(self.recipe.batch_size, self.run.seed)

    def _steering_loader(self) -> EpochLoader:
        """Returns shuffled batches of the split ``search``."""
        batch_size = min(self.recipe.batch_size, self.run.data.sizes["search"])
        return self.run.data.train_loader(batch_size, self.run.seed, splits=("search",))

    def _random_scores(self, folder: Path) -> list[float]:
        count, run = self.scoring.random_architectures, self.run
        architectures = run.space.sample(count, np.random.default_rng(run.seed))
        evaluator = self.scoring.evaluator(
            Given(
                {
                    SUPERNET: lambda: folder / WEIGHTS,
                    SPACE: lambda: run.layerwise,
                    DATA: lambda: run.data,
                    DEVICE: lambda: run.training.device,
                }
            )
        )
        scores: list[float] = []
        with Progress("random architectures", count, "architecture") as progress:
            for architecture in architectures:
                scores.append(evaluator.score(tuple(architecture.tolist())).top1)
                progress.advance(f"top1 {np.mean(scores):.3f} ± {np.std(scores):.3f}")
        return scores
