"""Laps: layers that are run one after the other, so that each is measured with a network's layers around it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mobilenas.hardware.measure import Visit
from mobilenas.search_space import LayerwiseSpace
from mobilenas.spec import Layer, NetworkSpec

Chain = tuple[Layer, ...]
"""Layers that are measured as one piece: a single one, or a whole network."""


def network_key(network: NetworkSpec) -> str:
    """The row of a whole network: equal layers have equal keys."""
    keys = "\n".join(layer.key for layer in network.layers)
    return f"network {network.input} {hashlib.sha256(keys.encode()).hexdigest()[:16]}"


def draw_laps(space: LayerwiseSpace, rng: np.random.Generator) -> list[Chain]:
    """Random networks of a space, as few as contain every candidate."""
    orders = [rng.permutation(len(candidates)) for candidates in space.layers]
    return [
        tuple(candidates[order[lap % len(order)]] for candidates, order in zip(space.layers, orders, strict=True))
        for lap in range(max(map(len, orders)))
    ]


def visits_of(
    pieces: Sequence[str], space: LayerwiseSpace, networks: Sequence[NetworkSpec]
) -> Callable[[np.random.Generator], list[Visit]]:
    """What is visited in a round: laps through the layers, and every whole network by itself.

    Args:
        pieces: keys of the layers and whole networks that are measured
        space: whose candidates are visited in random networks
        networks: whose layers are visited in their order
    """
    index: Mapping[str, int] = {key: place for place, key in enumerate(pieces)}
    wholes = [(place,) for key, place in index.items() if key.startswith("network ")]

    def draw(rng: np.random.Generator) -> list[Visit]:
        laps = draw_laps(space, rng) + [network.layers for network in networks]
        visits = [tuple(index[layer.key] for layer in lap if layer.key in index) for lap in laps]
        return wholes + [visit for visit in visits if visit]

    return draw
