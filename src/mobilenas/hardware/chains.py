"""Chains of layers that are measured as one piece: a single layer or a whole network."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np

from mobilenas.engine.base import Engine
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.timing.rounds import OnProgress, TimedRun

if TYPE_CHECKING:
    from torch import nn

Chain = tuple[Layer, ...]
"""Layers that run as one piece."""

FEWEST = 2
"""The least number of networks whose layers surround what is measured."""


def network_key(network: NetworkSpec) -> str:
    """Returns the key of a whole network; networks with equal layers share it."""
    keys = "\n".join(layer.key for layer in network.layers)
    return f"network {network.input} {hashlib.sha256(keys.encode()).hexdigest()[:16]}"


def distinct_networks(space: SearchSpace, count: int, rng: np.random.Generator) -> list[NetworkSpec]:
    """Draws random networks of a space that are all different.

    Raises:
        ValueError: the space has fewer networks
    """
    check_enough(space, count)
    found: dict[tuple[int, ...], None] = {}
    while len(found) < count:
        found |= dict.fromkeys(tuple(map(int, row)) for row in space.sample(count, rng))
    return [space.network(architecture) for architecture in list(found)[:count]]


def check_enough(space: SearchSpace, count: int) -> None:
    """Raises ValueError if a space has fewer networks than are measured."""
    size = int(np.prod(np.array(space.options, dtype=object)))
    if size < count:
        raise ValueError(
            f"{space.name} has only {size} architectures, but {count} different ones are needed for measuring: set"
            " smaller hardware.fit_networks and hardware.validation_networks (with a predictor: hardware.networks)."
            " NetAdapt has more widths to choose from with a smaller divisor."
        )


def prepare_chains(engine: Engine, chains: Mapping[str, Chain], seed: int, on_progress: OnProgress) -> list[TimedRun]:
    """Makes every chain ready to run, with random weights from the seed; torch's own generator is not changed."""
    import torch

    runs: list[TimedRun] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = {layer.key: layer for chain in chains.values() for layer in chain}
        modules = {key: layer.build() for key, layer in layers.items()}
        for chain in chains.values():
            runs.append(engine.prepare(_chained([modules[layer.key] for layer in chain]), chain[0].input))
            on_progress("preparing", len(runs), len(chains))
    return runs


def _chained(modules: Sequence[nn.Module]) -> nn.Module:
    """Returns all modules in a row; a repeated module is a copy, so that its weights are not in the cache yet."""
    from torch import nn

    parts = nn.Sequential()
    for module in modules:
        parts.append(deepcopy(module) if any(module is part for part in parts) else module)
    return parts.eval()


def with_layers(networks: Sequence[Chain], keys: Collection[str]) -> list[Chain]:
    """Returns a few networks that together have all layers of some keys, two or more; none if that is not possible."""
    missing, found = set(keys), list[Chain]()
    left = [(network, {layer.key for layer in network}) for network in networks]
    while left and (missing or len(found) < FEWEST):
        best = max(left, key=lambda one: len(one[1] & missing))
        left.remove(best)
        found.append(best[0])
        if missing and not best[1] & missing:
            return []
        missing -= best[1]
    return [] if missing else found
