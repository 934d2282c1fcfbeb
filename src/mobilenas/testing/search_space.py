"""What every search space must do: its networks consist of its pieces, and each of its settings changes it."""

from __future__ import annotations

from functools import partial

import numpy as np

from mobilenas.network import load_network, resized
from mobilenas.search_space import SearchSpace, SpaceSettings, around
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.other_settings import other_settings
from mobilenas.testing.suite import Example, expect
from mobilenas.testing.variations import unless_refused

CLASSES, RESOLUTION, SAMPLES = 7, 16, 20


def examples() -> dict[str, Example]:
    """The settings of the spaces of ``conf/search_space``, at a laptop's size."""
    return {name: Example(settings_of(name)) for name in names("search_space")}


def settings_of(name: str) -> SpaceSettings:
    """The settings of a space at a laptop's size; one around a given network lies around MobileNetV2."""
    settings = settings_with(f"search_space={name}")
    scale = settings.scale
    network = resized(load_network("mobilenet_v2"), CLASSES, RESOLUTION, scale.width, scale.hidden, scale.unstrided)
    return around(settings.search_space, network)


def space_of(settings: SpaceSettings, resolution: int = RESOLUTION) -> SearchSpace:
    """The space that settings make for a small data set.

    Raises:
        ContractError: it is no ``SearchSpace``, or it has no name
    """
    space: object = settings.space(CLASSES, resolution)
    found = f"{type(settings).__name__}: its method space must return a SearchSpace"
    expect(isinstance(space, SearchSpace), f"{found}, not {space!r:.60}.")
    assert isinstance(space, SearchSpace)
    expect(isinstance(getattr(space, "name", None), str), f"{found} that has a name.")
    return space


def there_is_something_to_choose(settings: SpaceSettings) -> None:
    space = space_of(settings)
    expect(space.options, f"{space.name} has no decision.")
    expect(min(space.options) > 1, f"{space.name} has a decision without a choice: {space.options}.")


def samples_are_architectures_of_the_space(settings: SpaceSettings) -> None:
    space = space_of(settings)
    drawn = space.sample(SAMPLES, np.random.default_rng(0))
    expect(drawn.shape == (SAMPLES, len(space.options)), f"{space.name}: samples have the shape {drawn.shape}.")
    for architecture in drawn:
        space.check(architecture)


def every_sample_is_a_network_of_the_data(settings: SpaceSettings) -> None:
    space = space_of(settings)
    for architecture in space.sample(SAMPLES, np.random.default_rng(0)):
        network = space.network(architecture)
        expect(network.classes == CLASSES, f"{space.name}: a network has {network.classes} classes, not {CLASSES}.")
        expect(network.input.height == RESOLUTION, f"{space.name}: a network takes images of {network.input}.")
        expect(network == space.network(architecture), f"{space.name}: one architecture is two networks.")


def every_decision_changes_the_network(settings: SpaceSettings) -> None:
    """Of some architecture: a decision about layers that are left out changes nothing."""
    space = space_of(settings)
    drawn = [list(map(int, one)) for one in space.sample(SAMPLES, np.random.default_rng(2))]
    for decision, count in enumerate(space.options):
        changed = (
            space.network(_at(one, decision, (one[decision] + step) % count)) != space.network(one)
            for one in drawn
            for step in range(1, count)
        )
        expect(any(changed), f"{space.name}: no option of decision {decision} changes a network.")


def its_pieces_are_all_that_networks_consist_of(settings: SpaceSettings) -> None:
    space = space_of(settings)
    known = {layer.key for layer in space.pieces}
    for architecture in space.sample(SAMPLES, np.random.default_rng(1)):
        for layer in space.network(architecture).pieces:
            expect(
                layer.key in known or not layer.op.takes_time,
                f"{space.name}: the layer {layer.key!r} of a network is not among its pieces, so no table has it.",
            )


def what_is_no_architecture_is_refused(settings: SpaceSettings) -> None:
    space = space_of(settings)
    for wrong in ([0] * (len(space.options) + 1), [-1] * len(space.options), list(space.options)):
        try:
            space.network(wrong)
        except ValueError:
            continue
        expect(False, f"{space.name} takes {wrong} for an architecture.")


def its_fingerprint_tells_spaces_apart(settings: SpaceSettings) -> None:
    space = space_of(settings)
    expect(space.fingerprint == space_of(settings).fingerprint, f"{space.name}: equal spaces have two fingerprints.")
    larger = space_of(settings, 2 * RESOLUTION)
    expect(space.fingerprint != larger.fingerprint, f"{space.name}: the fingerprint leaves out the size of the image.")
    for name, other in _others(settings).items():
        expect(space.fingerprint != other.fingerprint, f"{space.name} has the fingerprint of {name}.")


def its_name_is_its_own(settings: SpaceSettings) -> None:
    """Spaces whose settings are of one class may share a name."""
    space = space_of(settings)
    for name, other in _others(settings).items():
        expect(space.name != other.name, f"{space.name!r} is the name of search_space={name} too: choose another.")


def every_setting_changes_the_space(settings: SpaceSettings) -> None:
    """At least one other value of each field gives a space with another fingerprint."""
    own = space_of(settings).fingerprint
    for field, others in other_settings(settings).items():
        spaces = [space for other in others if (space := unless_refused(partial(space_of, other)))]
        kept = f"{type(settings).__name__}: its setting {field} changes nothing"
        changed = any(space.fingerprint != own for space in spaces)
        expect(changed or not spaces, f"{kept}: use it in the method space, or remove it.")


def variations_change_the_option(settings: SpaceSettings) -> None:
    space = space_of(settings)
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
    its_name_is_its_own,
    every_setting_changes_the_space,
    variations_change_the_option,
)


def _others(settings: SpaceSettings) -> dict[str, SearchSpace]:
    """The spaces of ``conf/search_space`` whose settings are of another class."""
    found = {name: settings_of(name) for name in names("search_space")}
    return {name: space_of(other) for name, other in found.items() if type(other) is not type(settings)}


def _at(architecture: list[int], decision: int, option: int) -> list[int]:
    return [*architecture[:decision], option, *architecture[decision + 1 :]]
