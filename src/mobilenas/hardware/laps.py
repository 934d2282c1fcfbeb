"""Laps: layers run one after the other, so that each begins with the caches as another layer has left them.

In a lap a layer costs more than when it runs alone again and again. It also costs more than within a network, where its
input was just written. The table's factor and constant correct the mean of this. When this was tried at 224 pixels with
only a constant, the constant was .14 ms with laps and .04 ms without, and the error on unseen networks was .6% and .9%.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mobilenas.hardware.profile import layers_of
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from mobilenas.timing.drift import Visit


def draw_laps(space: SearchSpace, rng: np.random.Generator) -> list[tuple[Layer, ...]]:
    """Draws the layers of as few random networks as needed to have every candidate.

    If the layers of a network depend on each other, few networks cannot have all candidates. Then all layers of the
    space come in random order, and a lap has the same number of layers as a network.
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
    pieces: Sequence[str], space: SearchSpace, networks: Sequence[NetworkSpec], all_laps: bool = True
) -> Callable[[np.random.Generator], list[Visit]]:
    """Returns a function that draws the visits of a round: layers in laps, and every other piece alone.

    Args:
        pieces: keys of the layers and whole networks that are measured
        space: its candidates are visited in laps, which are drawn again for each round
        networks: the layers of each of these networks are a lap too, if all of them are measured
        all_laps: whether all layers of the space are measured; otherwise only the networks have laps
    """
    index = {key: place for place, key in enumerate(pieces)}
    layers = layers_of(space, networks)
    alone: list[Visit] = [(place,) for key, place in index.items() if key not in layers]
    whole = [one.pieces for one in networks if all(layer.key in index for layer in one.pieces if layer.takes_time)]

    def draw(rng: np.random.Generator) -> list[Visit]:
        laps = [*(draw_laps(space, rng) if all_laps else ()), *whole]
        visits = [tuple(index[layer.key] for layer in lap if layer.key in index) for lap in laps]
        return alone + [visit for visit in visits if visit]

    return draw
