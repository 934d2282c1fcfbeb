"""The networks of a search space with the head of a task on each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mobilenas.network import NetworkSpec
from mobilenas.network.layer import Layer
from mobilenas.search_space import SearchSpace
from mobilenas.task.base import Task


@dataclass(frozen=True)
class TaskSpace(SearchSpace):
    """The networks of a space for classification, each changed into one for a task.

    Args:
        inner: the space for classification
        task: the task
        classes: number of classes

    Raises:
        ValueError: a network of the space cannot have the task's head
    """

    inner: SearchSpace
    task: Task
    classes: int

    def __post_init__(self) -> None:
        self.network([0] * len(self.options))

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.inner.name

    @property
    def without_supernet(self) -> str:
        return f"its networks have a head for task={self.task.name}"

    @property
    def options(self) -> tuple[int, ...]:
        return self.inner.options

    @property
    def option_names(self) -> tuple[tuple[str, ...], ...]:
        return self.inner.option_names

    @cached_property
    def pieces(self) -> tuple[Layer, ...]:
        """All layers, and parts of layers, of networks that together have every one of the space."""
        networks = map(self.network, self.inner.covering)
        return tuple(dict.fromkeys(piece for network in networks for piece in network.pieces))

    @cached_property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.inner.fingerprint} {self.task!r} {self.classes}".encode()).hexdigest()[:16]

    def network(self, architecture: Sequence[int]) -> NetworkSpec:
        return self.task.network(self.inner.network(architecture), self.classes)

    @property
    def covering(self) -> tuple[tuple[int, ...], ...]:
        return self.inner.covering

    def variations(self, decision: int, option: int) -> tuple[tuple[int, ...], ...]:
        return self.inner.variations(decision, option)

    def sample(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        return self.inner.sample(count, rng)


def for_task(space: SearchSpace, task: Task, classes: int) -> SearchSpace:
    """Returns the space of networks for a task; that for classification is the space itself."""
    return space if task.learns == "classes" else TaskSpace(space, task, classes)
