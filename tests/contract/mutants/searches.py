"""Engines and search algorithms that are wrong."""

from typing import Any

from torch import nn

from mobilenas.algorithm import OBJECTIVE, RandomSearch, Search
from mobilenas.algorithm.random_search import UniformSearch
from mobilenas.algorithm.rewarded import succeeded
from mobilenas.engine import OnnxRuntime
from mobilenas.evaluation import Evaluation
from mobilenas.ops import Shape
from mobilenas.settings import SEED, Given, settings
from mobilenas.timing import TimedRun
from tests.contract.mutants.numbers import NUMBERS


class Backwards(OnnxRuntime):
    """Measures -1 ms of whatever runs."""

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        return lambda: -1.0


class Constant(OnnxRuntime):
    """Measures the same time of whatever runs."""

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        return lambda: 1.0


class Seconds(OnnxRuntime):
    """Measures seconds."""

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        run = super().prepare(module, input)
        return lambda: run() / 1000


class OneImage(OnnxRuntime):
    """Runs one image, whatever its batch."""

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        return OnnxRuntime(self.threads, batch=1).prepare(module, input)


class AllTold(UniformSearch):
    """Its front is all that it was told."""

    def front(self) -> list[Evaluation]:
        return sorted(succeeded(self._told), key=lambda one: one.latency_ms)


class OneMissing(UniformSearch):
    """Its front lacks one of those that no other one beats."""

    def front(self) -> list[Evaluation]:
        return super().front()[:-1]


class OneDominated(UniformSearch):
    """Its front has one that another one beats."""

    def front(self) -> list[Evaluation]:
        front = super().front()
        dominated = [one for one in succeeded(self._told) if one not in front]
        return sorted([*front, *dominated[:1]], key=lambda one: one.latency_ms)


class Restless(UniformSearch):
    """Asks for others after a resume."""

    def __init__(self, settings: RandomSearch, space: Any, objective: Any, seed: int) -> None:
        super().__init__(settings, space, objective, next(NUMBERS))


class Stubborn(UniformSearch):
    """Chooses what failed."""

    def front(self) -> list[Evaluation]:
        return super().front() or self._told

    def chosen(self, count: int) -> list[Evaluation]:
        failed = [one for one in self._told if one.failure is not None]
        return failed[:count] or super().chosen(count)


class LeastAccurate(UniformSearch):
    """Chooses the least accurate."""

    def chosen(self, count: int) -> list[Evaluation]:
        return sorted(succeeded(self._told), key=lambda one: one.accuracy)[:count]


class Undecided(UniformSearch):
    """Chooses nothing."""

    def chosen(self, count: int) -> list[Evaluation]:
        return []


class AlongTheFront(UniformSearch):
    """Chooses along its front when it looks for a reward."""

    def chosen(self, count: int) -> list[Evaluation]:
        return Search.chosen(self, count)


@settings
class Mutant(RandomSearch):
    """A random search whose searches are of another kind."""

    kind: type[UniformSearch] = UniformSearch

    def search(self, space: Any, given: Given) -> Search:
        return self.kind(self, space, given[OBJECTIVE], given[SEED])


@settings
class Undeclared(RandomSearch):
    """Reads the objective, and does not declare that it needs one."""

    needs = (SEED,)
