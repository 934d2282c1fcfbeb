"""What every search space must do: its architectures are networks, and its pieces contain all their layers."""

from __future__ import annotations

import numpy as np

from mobilenas.search_space import SearchSpace
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect

CLASSES, RESOLUTION, SAMPLES = 7, 16, 20


def examples() -> dict[str, Example]:
    """The spaces of ``conf/search_space``, for a small data set."""
    return {name: Example(space_of(name, RESOLUTION)) for name in names("search_space")}


def space_of(name: str, resolution: int) -> SearchSpace:
    """A space at a laptop's size."""
    return settings_with(f"search_space={name}").search_space.space(CLASSES, resolution)


def there_is_something_to_choose(space: SearchSpace) -> None:
    expect(space.options, f"{space.name} has no decision.")
    expect(min(space.options) > 1, f"{space.name} has a decision without a choice: {space.options}.")


def samples_are_architectures_of_the_space(space: SearchSpace) -> None:
    drawn = space.sample(SAMPLES, np.random.default_rng(0))
    expect(drawn.shape == (SAMPLES, len(space.options)), f"{space.name}: samples have the shape {drawn.shape}.")
    for architecture in drawn:
        space.check(architecture)


def every_sample_is_a_network_of_the_data(space: SearchSpace) -> None:
    for architecture in space.sample(SAMPLES, np.random.default_rng(0)):
        network = space.network(architecture)
        expect(network.classes == CLASSES, f"{space.name}: a network has {network.classes} classes, not {CLASSES}.")
        expect(network.input.height == RESOLUTION, f"{space.name}: a network takes images of {network.input}.")
        expect(network == space.network(architecture), f"{space.name}: one architecture is two networks.")


def every_decision_changes_the_network(space: SearchSpace) -> None:
    """Of some architecture: a decision about layers that are left out changes nothing."""
    drawn = [list(map(int, one)) for one in space.sample(SAMPLES, np.random.default_rng(2))]
    for decision, count in enumerate(space.options):
        changed = (
            space.network(_at(one, decision, (one[decision] + step) % count)) != space.network(one)
            for one in drawn
            for step in range(1, count)
        )
        expect(any(changed), f"{space.name}: no option of decision {decision} changes a network.")


def its_pieces_are_all_that_networks_consist_of(space: SearchSpace) -> None:
    known = {layer.key for layer in space.pieces}
    for architecture in space.sample(SAMPLES, np.random.default_rng(1)):
        for layer in space.network(architecture).pieces:
            expect(
                layer.key in known or not layer.op.takes_time,
                f"{space.name}: the layer {layer.key!r} of a network is not among its pieces, so no table has it.",
            )


def what_is_no_architecture_is_refused(space: SearchSpace) -> None:
    for wrong in ([0] * (len(space.options) + 1), [-1] * len(space.options), list(space.options)):
        try:
            space.network(wrong)
        except ValueError:
            continue
        expect(False, f"{space.name} takes {wrong} for an architecture.")


def its_fingerprint_tells_spaces_apart(space: SearchSpace) -> None:
    for name in names("search_space"):
        same, other = space_of(name, RESOLUTION), space_of(name, 2 * RESOLUTION)
        expect(
            same.fingerprint == space_of(name, RESOLUTION).fingerprint, f"{name}: equal spaces have two fingerprints."
        )
        if same.name == space.name:
            expect(same.fingerprint != other.fingerprint, f"{name}: the fingerprint leaves out the size of the image.")
        else:
            expect(same.fingerprint != space.fingerprint, f"{name} has the fingerprint of {space.name}.")


def variations_change_the_option(space: SearchSpace) -> None:
    for decision, count in enumerate(space.options):
        for group in space.variations(decision, 0):
            expect(group, f"{space.name}: an attribute of decision {decision} has no variation.")
            expect(
                all(0 < option < count for option in group),
                f"{space.name}: decision {decision} varies option 0 to {group}, of {count} options.",
            )


CHECKS = (
    there_is_something_to_choose,
    samples_are_architectures_of_the_space,
    every_sample_is_a_network_of_the_data,
    every_decision_changes_the_network,
    its_pieces_are_all_that_networks_consist_of,
    what_is_no_architecture_is_refused,
    its_fingerprint_tells_spaces_apart,
    variations_change_the_option,
)


def _at(architecture: list[int], decision: int, option: int) -> list[int]:
    return [*architecture[:decision], option, *architecture[decision + 1 :]]
