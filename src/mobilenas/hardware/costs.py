"""Computes latency, parameters and multiply-adds of a whole population at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from math import ceil, log
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mobilenas.hardware.table import LatencyTable
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from mobilenas.settings.kinds import LONGEST_MS

ENTRIES = 4096  # of a fused table, at most; at 32 bytes each, the tables stay in a core's own cache
SAMPLE = 32  # random networks whose latency is checked as soon as there is a table
CHUNK = 4096  # architectures at a time, for the same reason


@dataclass(frozen=True)
class Costs:
    """The costs of architectures, with one entry for each.

    Args:
        latency_ms: predicted latency
        params: trainable parameters
        macs: multiply-adds
    """

    latency_ms: NDArray[np.float64]
    params: NDArray[np.int64]
    macs: NDArray[np.int64]


class CostTable:
    """Computes the costs of every architecture of a space, from the rows of a latency table.

    Neighbouring choice blocks share one table, whose index is made of their options together. Therefore an architecture
    needs few look-ups.

    Args:
        space: the space of the architectures
        table: the latency table, with a row for each layer of the space

    Raises:
        ValueError: the table lacks a layer of the space
    """

    def __init__(self, space: LayerwiseSpace, table: LatencyTable) -> None:
        table.require(chain.from_iterable([space.fixed, *space.choices]))
        self._space = space
        self._base = max(space.options, default=1)
        start = np.array([[table.overhead_ms, 0, 0, 0]])
        fixed = sum((_rows(table, [layer], 1) for layer in space.fixed), start)
        blocks = [_rows(table, candidates, self._base) for candidates in space.choices]
        size = max(1, int(log(ENTRIES, max(2, self._base))))
        groups = [blocks[first : first + size] for first in range(0, len(blocks), size)] or [[]]
        groups[0].insert(0, fixed)
        self._tables = [reduce(_fuse, group) for group in groups]
        self._places = _places(space.options, size, self._base)
        self._origin = table.origin

    def __call__(self, architectures: ArrayLike) -> Costs:
        """Returns the costs of architectures.

        Args:
            architectures: option indices ``(N, decisions)``

        Raises:
            ValueError: an architecture is not of the space
        """
        population = np.asarray(architectures)
        decisions = len(self._space.options)
        if population.ndim != 2 or population.shape[1] != decisions or population.dtype.kind not in "iu":
            found = f"{population.dtype} {population.shape}"
            raise ValueError(f"{self._space.name}: architectures must be integers (N, {decisions}), not {found}.")
        count = len(population)
        costs = Costs(np.empty(count), np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64))
        for begin in range(0, count, CHUNK):
            chunk = slice(begin, begin + CHUNK)
            total = self._sum(population[chunk])
            costs.latency_ms[chunk], costs.params[chunk], costs.macs[chunk] = total[:, 0], total[:, 1], total[:, 2]
        if np.isnan(costs.latency_ms.sum()):
            self._reject(population)
        check_latencies(costs.latency_ms, self._origin)
        return costs

    def _sum(self, population: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Returns latency, parameters and multiply-adds, ``(N, 4)``; the last column is padding."""
        options = population.astype(np.float32)
        if options.size and (options.min() < 0 or options.max() >= self._base):
            self._reject(population)
        codes = (options @ self._places).T.astype(np.intp, order="C")
        total: NDArray[np.float64] = self._tables[0].take(codes[0], axis=0)
        for table, code in zip(self._tables[1:], codes[1:], strict=True):
            total += table.take(code, axis=0)
        return total

    def _reject(self, population: NDArray[np.integer[Any]]) -> NoReturn:
        for architecture in population.tolist():
            self._space.check(architecture)
        raise ValueError(f"{self._space.name}: the latency table has a row that is not a number.")


def check_table(table: LatencyTable, space: SearchSpace, networks: Sequence[NetworkSpec]) -> None:
    """Raises ValueError unless a table predicts possible times for random networks of a space and for given networks.

    Args:
        table: the table; networks with a layer that it does not have are not checked
        space: the space; a few of its networks are drawn
        networks: the given networks
    """
    drawn = [space.network(tuple(one)) for one in space.sample(SAMPLE, np.random.default_rng(0)).tolist()]
    known = [one for one in [*drawn, *_extremes(table, space), *networks] if table.has(one.pieces)]
    check_latencies(np.array([table.latency_ms(network) for network in known]), table.origin)


def _extremes(table: LatencyTable, space: SearchSpace) -> list[NetworkSpec]:
    """Returns the fastest and the slowest network of a sequence of choice blocks; none for another space."""
    if not isinstance(space, LayerwiseSpace) or len(space.choices) != len(space.options):
        return []
    if not table.has(chain.from_iterable(space.choices)):
        return []
    times = [np.array([table.layer_ms(layer) for layer in candidates]) for candidates in space.choices]
    return [space.network(tuple(int(pick(one)) for one in times)) for pick in (np.argmin, np.argmax)]


def check_latencies(latency_ms: NDArray[np.float64], origin: str) -> None:
    """Raises ValueError, which names the table, unless all predicted latencies are times that a network can take."""
    if latency_ms.size and latency_ms.min() <= 0:
        raise ValueError(
            f"{origin} predicts {latency_ms.min():.4g} ms for a network, which must be above 0: check its rows and its"
            " constant, or profile the device again."
        )
    if latency_ms.size and latency_ms.max() > LONGEST_MS:
        raise ValueError(
            f"{origin} predicts {latency_ms.max():.4g} ms for a network, more than {LONGEST_MS:g}: check its rows."
        )


def _rows(table: LatencyTable, layers: Sequence[Layer], length: int) -> NDArray[np.float64]:
    """Returns the costs of a position's candidates, ``(length, 4)``; rows without a candidate have latency NaN.

    Whole numbers are exact in float64 up to 2 ** 53, and numpy gathers rows of 32 bytes fastest.
    """
    rows = np.zeros((length, 4))
    rows[:, 0] = np.nan
    rows[: len(layers)] = [(table.layer_ms(layer), layer.params, layer.macs, 0) for layer in layers]
    return rows


def _fuse(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns one table for two: the costs of every pair of entries."""
    return (left[:, None] + right).reshape(-1, 4)


def _places(options: Sequence[int], size: int, base: int) -> NDArray[np.float32]:
    """Returns the matrix from options ``(N, decisions)`` to the codes of groups; the options are a code's digits."""
    places = np.zeros((len(options), max(1, ceil(len(options) / size))), dtype=np.float32)
    for decision in range(len(options)):
        last = min(len(options), (decision // size + 1) * size) - 1
        places[decision, decision // size] = base ** (last - decision)
    return places
