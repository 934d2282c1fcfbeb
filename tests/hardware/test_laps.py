"""Every round visits every piece, and visits layers in the order of a network."""

import numpy as np

from mobilenas.hardware.laps import draw_laps, visits_of
from mobilenas.hardware.profile import layers_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Conv, Shape
from mobilenas.search_space import LayerwiseSpace


def test_laps_are_networks_that_together_have_every_candidate(space: LayerwiseSpace) -> None:
    laps = draw_laps(space, np.random.default_rng(0))
    assert len(laps) == max(space.options)
    for position, candidates in enumerate(space.layers):
        assert {lap[position] for lap in laps} == set(candidates)
    assert {len(lap) for lap in laps} == {len(space.layers)}


def test_laps_differ_from_round_to_round(space: LayerwiseSpace) -> None:
    rng = np.random.default_rng(0)
    assert draw_laps(space, rng) != draw_laps(space, rng)


def test_every_piece_is_visited_and_whole_networks_are_by_themselves(space: LayerwiseSpace) -> None:
    other = NetworkSpec(Shape(3, 8, 8), (Conv(20, 3), Conv(30, 1)))
    pieces = [*layers_of(space, [other]), "a whole network"]
    visits = visits_of(pieces, space, [other])(np.random.default_rng(0))
    assert {index for visit in visits for index in visit} == set(range(len(pieces)))
    assert [visit for visit in visits if len(pieces) - 1 in visit] == [(len(pieces) - 1,)]
    assert tuple(pieces.index(layer.key) for layer in other.layers) in visits


def test_what_is_not_measured_is_left_out(space: LayerwiseSpace) -> None:
    wanted = [space.layers[1][0].key]
    assert set(visits_of(wanted, space, [])(np.random.default_rng(0))) == {(0,)}
