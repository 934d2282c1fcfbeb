"""Mutation: hierarchical changes one attribute of a candidate, random redraws the candidate."""

from dataclasses import fields, replace
from typing import get_args

import numpy as np
import pytest
from pymoo.core.population import Population

from mobilenas.algorithm.mutation import MUTATIONS, Mutation, MutationName
from mobilenas.ops import Op
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.search_space.moga import CANDIDATES

NAMES = sorted(MUTATIONS)


def attributes_changed(one: Op, other: Op) -> int:
    return sum(getattr(one, field.name) != getattr(other, field.name) for field in fields(one))


@pytest.mark.parametrize("blocks", [1, 2, 6])
def test_hierarchical_mutation_changes_one_attribute_of_each_mutated_block(space: LayerwiseSpace, blocks: int) -> None:
    rng = np.random.default_rng(0)
    mutation = Mutation.of("hierarchical", space, 1.0, blocks)
    for architecture in space.sample(100, rng):
        before, after = space.network(architecture).ops, space.network(mutation.mutate(architecture, rng)).ops
        changes = [attributes_changed(one, other) for one, other in zip(before, after, strict=True)]
        assert sorted(changes) == [0] * (len(before) - blocks) + [1] * blocks


def test_hierarchical_mutation_draws_attributes_before_values(space: LayerwiseSpace) -> None:
    rng = np.random.default_rng(0)
    mutation = Mutation.of("hierarchical", space, 1.0, 1)
    kernels = [kernel for _, kernel, _ in CANDIDATES.values()]
    changed = sum(any(kernels[new] != kernels[0] for new in mutation.mutate([0] * 6, rng)) for _ in range(3000))
    # kernel, expansion and SE are equally likely, though the kernel alone has two other values; 6 standard deviations
    assert abs(changed / 3000 - 1 / 3) < 6 * np.sqrt(2 / 9 / 3000)


def test_random_mutation_reaches_every_other_candidate(space: LayerwiseSpace) -> None:
    rng = np.random.default_rng(0)
    mutation = Mutation.of("random", space, 1.0, 1)
    reached = {(block, new) for _ in range(3000) for block, new in enumerate(mutation.mutate([4] * 6, rng)) if new != 4}
    assert reached == {(block, new) for block in range(6) for new in range(12) if new != 4}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("blocks", [1, 3, 50])
def test_as_many_blocks_change_as_are_asked_for(space: LayerwiseSpace, name: MutationName, blocks: int) -> None:
    rng = np.random.default_rng(0)
    mutation = Mutation.of(name, space, 1.0, blocks)
    for row in space.sample(50, rng):
        mutated = mutation.mutate(row, rng)
        assert sum(np.array(space.check(mutated)) != row) == min(blocks, 6)


def test_a_candidate_without_a_single_step_is_redrawn() -> None:
    space = MoGA(candidates=["e3_k3", "e6_k5", "e3_k7_se"]).space()
    mutation = Mutation.of("hierarchical", space, 1.0, 1)
    assert space.variations(0, 1) == ()
    assert mutation.steps[0][1] == ((0, 2),)


def test_a_space_without_choices_is_left_as_it_is(tiny: LayerwiseSpace) -> None:
    alone = replace(tiny, positions=tuple(candidates[:1] for candidates in tiny.positions))
    assert Mutation.of("hierarchical", alone, 1.0, 1).mutate((), np.random.default_rng(0)) == ()


@pytest.mark.parametrize(("probability", "expected"), [(0.0, 0), (1.0, 40)])
def test_children_are_mutated_with_the_probability(space: LayerwiseSpace, probability: float, expected: int) -> None:
    before = space.sample(40, np.random.default_rng(0))
    mutation = Mutation.of("random", space, probability, 1)
    children = mutation(None, Population.new(X=before.copy()), random_state=np.random.default_rng(1))
    assert (children.get("X") != before).any(axis=1).sum() == expected


def test_same_generator_same_mutation(space: LayerwiseSpace) -> None:
    mutation = Mutation.of("hierarchical", space, 1.0, 2)
    once, again = (mutation.mutate([0] * 6, np.random.default_rng(5)) for _ in range(2))
    assert once == again


def test_every_mutation_can_be_named_in_the_settings() -> None:
    assert set(get_args(MutationName)) == set(MUTATIONS)
