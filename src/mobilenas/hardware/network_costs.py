"""Computes the costs of architectures of any space, one network after the other."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from mobilenas.evaluation import Architecture
from mobilenas.hardware.costs import Costs, CostTable, check_latencies
from mobilenas.hardware.table import LatencyTable
from mobilenas.search_space import LayerwiseSpace, SearchSpace

CostModel = Callable[[Sequence[Architecture]], Costs]
"""Maps architectures to their costs, all at once."""


def cost_model(space: SearchSpace, table: LatencyTable) -> CostModel:
    """Returns the fastest cost model for the space.

    Raises:
        ValueError: the table lacks a layer of the space
    """
    return CostTable(space, table) if isinstance(space, LayerwiseSpace) else NetworkCosts(space, table)


class NetworkCosts:
    """Computes the costs of the networks of architectures.

    Args:
        space: the space of the architectures
        table: the latency table, with a row for each layer of the space

    Raises:
        ValueError: the table lacks a layer of the space
    """

    def __init__(self, space: SearchSpace, table: LatencyTable) -> None:
        table.require(space.pieces)
        self._space, self._table = space, table

    def __call__(self, architectures: ArrayLike) -> Costs:
        """Returns the costs of architectures, as ``CostTable`` does."""
        networks = [self._space.network(architecture) for architecture in np.asarray(architectures).tolist()]
        latency_ms = np.array([self._table.latency_ms(network) for network in networks])
        check_latencies(latency_ms, self._table.origin)
        return Costs(
            latency_ms,
            np.array([network.params for network in networks], dtype=np.int64),
            np.array([network.macs for network in networks], dtype=np.int64),
        )
