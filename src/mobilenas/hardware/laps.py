"""Laps: layers that run one after the other, so that each begins with the caches as another layer has left them.

That costs each more than when it runs alone again and again, and more than within a network, where its input was just
written; the table's factor and constant take out the mean of it. In a trial at 224 pixels with a constant alone it was
.14 ms by laps and .04 alone, and the error on unseen networks .6% and .9%.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mobilenas.hardware.profile import layers_of
from mobilenas.network.spec import Layer, NetworkSpec
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from mobilenas.timing.drift import Visit


def draw_laps(space: SearchSpace, rng: np.random.Generator) -> list[tuple[Layer, ...]]:
    """The layers of random networks that together have every candidate, as few networks as that takes.

    Where the layers of a network depend on each other, few networks cannot have all; there all layers of the space come
    in random order, as many in a lap as a network has.
    """
    if not isinstance(space, LayerwiseSpace):
        layers = list(layers_of(space).values())
        length = len(space.network(space.sample(1, rng)[0]).pieces)
        order = [layers[place] for place in rng.permutation(len(layers))]
        return [tuple(order[begin : begin + length]) for begin in range(0, len(order), length)]
    orders = [rng.permutation(count) for count in space.options]
    return [
        space.network([int(order[lap % len(order)]) for order in orders]).pieces
        for lap in range(max(space.options, default=1))
    ]


def visits_of(
    pieces: Sequence[str], space: SearchSpace, networks: Sequence[NetworkSpec]
) -> Callable[[np.random.Generator], list[Visit]]:
    """What is visited in a round: the layers in laps, every other piece by itself.

    Args:
        pieces: keys of the layers and whole networks that are measured
        space: its candidates are visited in laps that are drawn anew for each round
        networks: the layers of each are a lap too
    """
    index = {key: place for place, key in enumerate(pieces)}
    layers = layers_of(space, networks)
    alone: list[Visit] = [(place,) for key, place in index.items() if key not in layers]

    def draw(rng: np.random.Generator) -> list[Visit]:
        laps = draw_laps(space, rng) + [network.pieces for network in networks]
        visits = [tuple(index[layer.key] for layer in lap if layer.key in index) for lap in laps]
        return alone + [visit for visit in visits if visit]

    return draw
