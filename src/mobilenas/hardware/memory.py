"""The memory of a network's maps: the largest sum of maps that are alive at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mobilenas.evaluation import Architecture
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.search_space import LayerwiseSpace, SearchSpace

if TYPE_CHECKING:
    from torch import nn

BYTES = 4  # of a number


def memory_mb(network: NetworkSpec) -> float:
    """Returns the megabytes of maps of 32 bits that are alive at once, at most, in a forward pass of one image.

    A map is alive from the operation that makes it until the last one that reads it. An operation needs its inputs and
    its output at once; an activation after it is done in place, as all engines do it. Weights do not count. An engine
    may need more, for its own working memory, or less, if it computes a map in parts.
    """
    most = network_numbers(network) if network.head else max(layer_numbers(layer) for layer in network.layers)
    return most * BYTES / 1e6


def memories_mb(space: SearchSpace, architectures: Sequence[Architecture]) -> NDArray[np.float64]:
    """Returns ``memory_mb`` of the networks of some architectures, ``(N,)``."""
    if not isinstance(space, LayerwiseSpace):
        return np.array([memory_mb(space.network(one)) for one in architectures])
    columns = np.asarray(architectures, dtype=np.int64).reshape(len(architectures), len(space.choices))
    most = np.full(len(architectures), max(map(layer_numbers, space.fixed), default=0))
    for column, candidates in zip(columns.T, space.choices, strict=True):
        most = np.maximum(most, np.array([layer_numbers(one) for one in candidates])[column])
    megabytes: NDArray[np.float64] = most * BYTES / 1e6
    return megabytes


@lru_cache(maxsize=100_000)
def layer_numbers(layer: Layer) -> int:
    """Returns how many numbers the maps have that are alive at once, at most, while a layer computes one image."""
    return _most_alive(layer.build, layer.input, layer.key)


@lru_cache(maxsize=10_000)
def network_numbers(network: NetworkSpec) -> int:
    """Returns ``layer_numbers`` of a whole network, whose head also reads maps of earlier layers."""
    return _most_alive(network.build, network.input, network.name)


def _most_alive(build: Callable[[], nn.Module], image: Shape, name: str) -> int:
    import torch
    from torch import nn

    from mobilenas.engine.export.steps import steps_of

    activations = nn.ReLU | nn.ReLU6 | nn.Hardswish | nn.Hardsigmoid | nn.Sigmoid
    with torch.device("meta"), torch.no_grad():
        steps, ends = steps_of(build().eval(), name)
        values = [torch.empty(1, image.channels, image.height, image.width)]
        values += [torch.empty(0)] * len(steps)
        for place, step in enumerate(steps, 1):
            values[place] = step.does(*(values[number] for number in step.reads))
    owner = list(range(len(values)))  # the value in whose memory a value lies
    last_read = [0] * len(values)
    for end in ends:
        last_read[end] = len(steps)
    for place, step in enumerate(steps, 1):
        for number in step.reads:
            last_read[number] = max(last_read[number], place)
    for place, step in enumerate(steps, 1):
        if isinstance(step.does, activations) and last_read[step.reads[0]] == place:
            owner[place] = owner[step.reads[0]]
    for place in reversed(range(len(values))):
        last_read[owner[place]] = max(last_read[owner[place]], last_read[place])
    own = [place for place in range(len(values)) if owner[place] == place]
    return max(
        sum(values[place].numel() for place in own if place <= now <= last_read[place] or place == now)
        for now in range(len(values))
    )
