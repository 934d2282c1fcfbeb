"""Mutates choice blocks: hierarchically (MoGA, Sec. 4.3), or randomly, which is the baseline of its Fig. 7."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mobilenas.evaluation import Architecture

if TYPE_CHECKING:
    from pymoo.core.population import Population

    from mobilenas.search_space import SearchSpace

Steps = tuple[tuple[int, ...], ...]
"""Options that may replace another option, in groups; a mutation draws a group first, and then a member."""


def hierarchical_steps(space: SearchSpace, decision: int, option: int) -> Steps:
    """Returns for each attribute a group of options that differ only in it; if there is none, all other options."""
    return space.variations(decision, option) or random_steps(space, decision, option)


def random_steps(space: SearchSpace, decision: int, option: int) -> Steps:
    """Returns one group: all other options."""
    from mobilenas.search_space import SearchSpace

    return SearchSpace.variations(space, decision, option)


MutationName = Literal["hierarchical", "random"]

MUTATIONS: Mapping[MutationName, Callable[[SearchSpace, int, int], Steps]] = {
    "hierarchical": hierarchical_steps,
    "random": random_steps,
}


@dataclass(frozen=True)
class Mutation:
    """Draws level by level: whether to mutate, which choice blocks, which group of steps, which step.

    It is called like a pymoo operator, so that pymoo's mating can use it.

    Args:
        steps: the steps from each option of each decision
        probability: the probability that an architecture is mutated
        blocks: the number of choice blocks that change in a mutated architecture
    """

    steps: tuple[tuple[Steps, ...], ...]
    probability: float
    blocks: int

    @classmethod
    def of(cls, name: MutationName, space: SearchSpace, probability: float, blocks: int) -> Mutation:
        """Returns the mutation that has this name in ``MUTATIONS``."""
        steps = tuple(
            tuple(MUTATIONS[name](space, decision, option) for option in range(count))
            for decision, count in enumerate(space.options)
        )
        return cls(steps, probability, blocks)

    def mutate(self, architecture: Sequence[int], rng: np.random.Generator) -> Architecture:
        """Returns the architecture with ``blocks`` of its choice blocks changed, or all of them if it has fewer."""
        options = [int(option) for option in architecture]
        free = [decision for decision, option in enumerate(options) if self.steps[decision][option]]
        for decision in rng.choice(free, size=min(self.blocks, len(free)), replace=False):
            groups = self.steps[decision][options[decision]]
            group = groups[rng.integers(len(groups))]
            options[decision] = group[rng.integers(len(group))]
        return tuple(options)

    def __call__(
        self, problem: object, children: Population, random_state: np.random.Generator, **_: object
    ) -> Population:
        for child in children:
            if random_state.random() < self.probability:
                child.X = np.array(self.mutate(child.X, random_state))
        return children
