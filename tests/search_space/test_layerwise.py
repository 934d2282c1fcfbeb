"""Layer-wise spaces: architectures, samples, variations, transforms and fingerprints."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import Transform, scale_hidden, scale_width, set_classes, set_resolution, unstride
from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Op, Pool, Shape, Skip, SqueezeExcite
from mobilenas.search_space import LayerwiseSpace

STEM = Conv(16, kernel=3, stride=2)
BLOCK = MBConv(16, kernel=3, expanded=48, residual=True)
SPACE = LayerwiseSpace(
    "small",
    Shape(3, 32, 32),
    (
        (STEM,),
        (BLOCK, replace(BLOCK, kernel=5), replace(BLOCK, expanded=96), Skip()),
        (MBConv(24, kernel=3, stride=2), Conv(24, kernel=5, stride=2)),
        (Classifier(10, hidden=64),),
    ),
)
CHANGES = {
    "width": lambda network: scale_width(network, 0.5),
    "hidden": lambda network: scale_hidden(network, 0.5),
    "resolution": lambda network: set_resolution(network, 64),
    "unstride": lambda network: unstride(network, 1),
    "classes": lambda network: set_classes(network, 3),
    "norm": lambda network: replace(network, norm=BatchNorm(momentum=0.01)),
}


def test_only_layers_with_several_candidates_are_decided() -> None:
    assert (SPACE.choice_blocks, SPACE.options) == ((1, 2), (4, 2))


def test_an_architecture_names_one_candidate_per_choice_block() -> None:
    ops = (STEM, Skip(), MBConv(24, kernel=3, stride=2), Classifier(10, hidden=64))
    assert SPACE.network((3, 0)) == NetworkSpec(Shape(3, 32, 32), ops)


def test_every_candidate_knows_its_input() -> None:
    assert [{layer.input for layer in layers} for layers in SPACE.layers] == [
        {Shape(3, 32, 32)}, {Shape(16, 16, 16)}, {Shape(16, 16, 16)}, {Shape(24, 8, 8)}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ((1,), "An architecture of small must have 2 decisions, not 1"),
        ((1, 0, 0), "must have 2 decisions, not 3"),
        ((4, 0), "small: the option of decision 0 must be from 0 to 3, not 4"),
        ((0, -1), "small: the option of decision 1 must be from 0 to 1, not -1"),
        ((1.5, 0), "small: the option of decision 0 must be from 0 to 3, not 1.5"),
        (("a", 0), "small: the option of decision 0 must be from 0 to 3, not 'a'"),
    ],
)
def test_an_architecture_of_another_space_is_refused(architecture: Sequence[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SPACE.check(architecture)


def test_a_row_of_an_array_is_an_architecture() -> None:
    found = SPACE.check(np.array([3, 1]))
    assert found == (3, 1) and {type(option) for option in found} == {int}


def test_samples_are_architectures_of_the_space() -> None:
    samples = SPACE.sample(200, np.random.default_rng(0))
    assert {SPACE.check(sample) for sample in samples} == {(a, b) for a in range(4) for b in range(2)}


def test_the_generator_decides_the_samples() -> None:
    first, again = (SPACE.sample(9, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, again)


# Candidates 1 and 2 differ from 0 in kernel and in expanded channels, 3 in kind; 1 and 2 differ in both.
@pytest.mark.parametrize(
    ("option", "expected"), [(0, {(1,), (2,), (3,)}), (1, {(0,), (3,)}), (2, {(0,), (3,)}), (3, {(0, 1, 2)})]
)
def test_variations_differ_in_one_attribute(option: int, expected: set[tuple[int, ...]]) -> None:
    assert set(SPACE.variations(0, option)) == expected


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_changed_space_holds_the_changed_networks(change: Transform) -> None:
    changed = SPACE.transformed(change)
    architectures = [(a, b) for a in range(4) for b in range(2)]
    assert changed.options == SPACE.options
    assert [changed.network(a) for a in architectures] == [change(SPACE.network(a)) for a in architectures]


def test_a_space_without_choices_can_be_changed() -> None:
    fixed = LayerwiseSpace("fixed", SPACE.input, ((STEM,), (Classifier(10),)))
    changed = fixed.transformed(lambda network: set_classes(network, 3))
    assert changed.options == () and changed.network(()).classes == 3


def test_a_change_must_keep_the_layers() -> None:
    with pytest.raises(ValueError, match="small: a change of the networks must keep all 4 layers"):
        SPACE.transformed(lambda network: replace(network, ops=(Skip(), *network.ops)))


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ((BLOCK, Pool(kernel=3, stride=2)), "small, layer 1: .* one output shape, not 16x16x16 and 16x8x8"),
        ((), "small, layer 1: .* one output shape, not none"),
        ((replace(BLOCK, out=24),), "small, layer 1: mbconv: a residual needs equal shapes"),
    ],
)
def test_candidates_that_do_not_fit_are_refused(candidates: tuple[Op, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SPACE, positions=(SPACE.positions[0], candidates, *SPACE.positions[2:]))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_changes_the_fingerprint(change: Transform) -> None:
    assert SPACE.transformed(change).fingerprint != SPACE.fingerprint


@pytest.mark.parametrize(
    "candidate",
    [
        replace(BLOCK, act="relu6"),
        replace(BLOCK, se=SqueezeExcite()),
        replace(BLOCK, se=SqueezeExcite(gate="sigmoid")),
        replace(BLOCK, residual=False),
        replace(BLOCK, groups=2),
    ],
    ids=repr,
)
def test_a_candidate_changes_the_fingerprint(candidate: MBConv) -> None:
    first, (_, *others), *rest = SPACE.positions
    changed = replace(SPACE, positions=(first, (candidate, *others), *rest))
    assert changed.fingerprint != SPACE.fingerprint


def test_the_order_of_candidates_changes_the_fingerprint() -> None:
    first, candidates, *rest = SPACE.positions
    assert replace(SPACE, positions=(first, candidates[::-1], *rest)).fingerprint != SPACE.fingerprint


def test_equal_spaces_have_one_fingerprint() -> None:
    assert replace(SPACE, name="renamed").fingerprint == SPACE.fingerprint
