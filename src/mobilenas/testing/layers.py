"""The layers that operations are checked as: of the published networks, and of the spaces of ``conf/``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from mobilenas.network import Layer, load_network, network_names
from mobilenas.search_space import LayerwiseSpace
from mobilenas.testing.composed import names
from mobilenas.testing.search_space import settings_of, space_of


def layers_of_conf() -> Iterator[Layer]:
    """All of them; different kinds come early."""
    networks = map(load_network, network_names())
    yield from chain.from_iterable(_by_place([network.layers for network in networks]))
    for name in names("search_space"):
        space = space_of(settings_of(name))
        if isinstance(space, LayerwiseSpace):
            yield from chain.from_iterable(space.layers)
            yield from space.network(space.sample(1, np.random.default_rng(0))[0]).layers
        yield from space.pieces


def _by_place(rows: list[tuple[Layer, ...]]) -> Iterator[list[Layer]]:
    """The first layer of each network, then the second ones, and so on."""
    for place in range(max(map(len, rows))):
        yield [row[place] for row in rows if place < len(row)]
