"""Objectives, evaluators, executors and data sets that are wrong."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from mobilenas.data import EpochLoader, ImageData
from mobilenas.evaluation import Architecture, Evaluation, Score
from mobilenas.evaluator import Evaluator, Scoring, SupernetScoring
from mobilenas.executor import LocalExecutor
from mobilenas.executor.local_pool import LocalPool
from mobilenas.objective import LatencyReward, ParetoObjective, Reward
from mobilenas.settings import SEED, Given, settings
from mobilenas.training import Recipe
from tests.contract.mutants.numbers import NUMBERS


class Lenient(ParetoObjective):
    """Nothing beats anything."""

    def non_dominated(self, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
        return sorted(evaluations, key=lambda one: one.latency_ms)


class Slow(LatencyReward):
    """Rewards the slower of two networks."""

    def reward(self, accuracy: float, latency_ms: float) -> float:
        return accuracy * latency_ms


class Heedless(LatencyReward):
    """Rewards accuracy alone."""

    def reward(self, accuracy: float, latency_ms: float) -> float:
        return accuracy


@settings
class Targetless(Reward):
    """Has no target."""

    def reward(self, accuracy: float, latency_ms: float) -> float:
        return accuracy - latency_ms


class Guess(Evaluator):
    """Guesses."""

    def __init__(self, seed: int, in_context: bool, steady: bool, alike: bool) -> None:
        self._seed, self._in_context, self._steady, self._alike = seed, in_context, steady, alike

    @property
    def context(self) -> str:
        return f"guess {self._seed if self._in_context else ''}"

    def score(self, architecture: Architecture) -> Score:
        number = self._seed + sum(architecture) if self._steady else next(NUMBERS)
        return Score(architecture, (number % 7) / 10)

    def scores(self, architectures: Sequence[Architecture]) -> Iterator[Score]:
        found = list(super().scores(architectures))
        best = max(one.accuracy for one in found)
        return iter([replace(one, accuracy=best) for one in found] if self._alike else found)


@settings
class Guessing(Scoring):
    """Scores without any training."""

    needs = (SEED,)
    in_context: bool = True
    steady: bool = True
    alike: bool = False

    def evaluator(self, given: Given) -> Evaluator:
        return Guess(given[SEED], self.in_context, self.steady, self.alike)

    def in_words(self, recipe: Recipe) -> str:
        return "guessed"


class Half(Evaluator):
    """Scores half of what there is, or as another one does."""

    def __init__(self, right: Evaluator, constant: bool, in_context: bool) -> None:
        self._right, self._constant, self._in_context = right, constant, in_context

    @property
    def context(self) -> str:
        return self._right.context if self._in_context else "supernet"

    def score(self, architecture: Architecture) -> Score:
        return Score(architecture, 0.5) if self._constant else self._right.score(architecture)


@settings
class Halving(SupernetScoring):
    """Scores with a supernet's weights, unless it is told to be wrong."""

    constant: bool = False
    in_context: bool = True

    def evaluator(self, given: Given) -> Evaluator:
        return Half(super().evaluator(given), self.constant, self.in_context)


class SwallowingPool(LocalPool):
    """Ends without a word where the evaluator raises an error."""

    def evaluate(self, evaluator: Evaluator, architectures: Sequence[Architecture]) -> Iterator[Score]:
        with suppress(LookupError):
            yield from super().evaluate(evaluator, architectures)


class Swallowing(LocalExecutor):
    """Opens such pools."""

    def open(self) -> LocalPool:
        return SwallowingPool(self)


class SameOrder(ImageData):
    """Its batches are the same whatever the seed."""

    def train_loader(self, batch_size: int, seed: int, splits: Sequence[str] = ("train",)) -> EpochLoader:
        return super().train_loader(batch_size, 0, splits)
