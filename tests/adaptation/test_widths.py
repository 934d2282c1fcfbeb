"""Random networks of other widths, on which a latency table is fitted."""

from itertools import product

import numpy as np

from mobilenas.adaptation.widths import WidthSpace
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec

SMALL = load_network("mobilenet_v3_small")
TINY = """
name: tiny
input: {channels: 3, height: 8, width: 8}
layers:
  - {op: conv, kernel: 3, out: 8, act: relu}
  - {op: mbconv, kernel: 3, expanded: 16, out: 12, act: relu, stride: 2}
  - {op: classifier, classes: 10}
"""


def test_random_widths_come_near_the_seed_where_widths_drawn_alike_do_not() -> None:
    space, rng = WidthSpace(SMALL, 8), np.random.default_rng(0)
    samples = space.sample(400, rng), rng.integers(0, space.options, size=(400, len(space.options)))
    least, most = space.network([0] * len(space.options)).macs, SMALL.macs
    shares = [[(space.network(one).macs - least) / (most - least) for one in sample] for sample in samples]
    near, alike_near = (np.mean(np.array(share) > 0.8) for share in shares)
    assert near > 0.2
    assert alike_near < 0.01


def test_any_widths_may_be_drawn() -> None:
    space = WidthSpace(NetworkSpec.from_yaml(TINY), 4)
    drawn = {tuple(map(int, one)) for one in space.sample(2000, np.random.default_rng(0))}
    assert drawn == set(product(*map(range, space.options)))


def test_the_seed_and_the_divisor_are_what_a_space_is() -> None:
    spaces = WidthSpace(SMALL, 8), WidthSpace(SMALL, 16), WidthSpace(NetworkSpec.from_yaml(TINY), 8)
    assert len({space.fingerprint for space in spaces}) == 3
    assert WidthSpace(SMALL, 8, "another name").fingerprint == spaces[0].fingerprint
