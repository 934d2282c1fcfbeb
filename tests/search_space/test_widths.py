"""Random networks of other widths, on which a latency table is fitted."""

import numpy as np

from mobilenas.networks import load_network
from mobilenas.search_space.widths import WidthSpace


def test_random_widths_come_near_the_seed_as_often_as_anywhere() -> None:
    space = WidthSpace(load_network("mobilenet_v3_small"), 8)
    macs = np.array([space.network(one).macs for one in space.sample(400, np.random.default_rng(0))])
    least, most = space.network([0] * len(space.options)).macs, space.seed.macs
    counts, _ = np.histogram(macs, np.linspace(least, most, 6))
    assert counts[1:].min() > 40
    assert counts[-1] > 80  # of widths that are drawn alike, none in 400
    narrow = WidthSpace(space.seed, 64)  # where every network of all must come up
    drawn = {tuple(one) for one in narrow.sample(20_000, np.random.default_rng(0))[:, -2:]}
    assert len(drawn) == np.prod(narrow.options[-2:])
