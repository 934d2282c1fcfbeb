"""Latency, parameters and multiply-adds of a whole population at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import log
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mobilenas.hardware.table import LatencyTable
from mobilenas.search_space import LayerwiseSpace
from mobilenas.spec import Layer

ENTRIES = 4096  # of a fused table, at most; at 32 bytes each, the tables stay in a core's own cache
CHUNK = 2048  # architectures at a time, for the same reason


@dataclass(frozen=True)
class Costs:
    """What architectures cost, one entry each.

    Args:
        latency_ms: predicted
        params: trainable parameters
        macs: multiply-adds
    """

    latency_ms: NDArray[np.float64]
    params: NDArray[np.int64]
    macs: NDArray[np.int64]


class CostTable:
    """The costs of every architecture of a space, from the rows of a latency table.

    Neighbouring choice blocks share one table that is indexed by their options together, so that an architecture takes
    few look-ups.

    Args:
        space: whose architectures are asked for
        table: with a row for each of its layers

    Raises:
        ValueError: the table lacks a layer of the space
    """

    def __init__(self, space: LayerwiseSpace, table: LatencyTable) -> None:
        table.require(layer for position in space.layers for layer in position)
        self._space = space
        self._base = max(space.options, default=1)
        self._fixed = sum((_rows(table, layers)[0] for layers in space.layers if len(layers) == 1), np.zeros(4))
        blocks = [_rows(table, space.layers[index], self._base) for index in space.choice_blocks]
        size = max(1, int(log(ENTRIES, self._base))) if self._base > 1 else 1
        groups = [blocks[first : first + size] for first in range(0, len(blocks), size)]
        self._tables = [reduce(_fuse, group) for group in groups]
        places = [[self._base ** (len(group) - 1 - place) for place in range(len(group))] for group in groups]
        self._places = _diagonal(places)

    def __call__(self, architectures: ArrayLike) -> Costs:
        """The costs of architectures.

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
        return costs

    def _sum(self, population: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Latency, parameters and multiply-adds, ``(N, 4)``; the last column is padding."""
        options = population.astype(np.float32)
        if options.size and (options.min() < 0 or options.max() >= self._base):
            self._reject(population)
        codes = (options @ self._places).T.astype(np.intp, order="C")
        total = np.full((len(population), 4), self._fixed)
        for table, code in zip(self._tables, codes, strict=True):
            total += table.take(code, axis=0)
        if np.isnan(total[:, 0]).any():
            self._reject(population)
        return total

    def _reject(self, population: NDArray[np.integer[Any]]) -> NoReturn:
        for architecture in population.tolist():
            self._space.check(architecture)
        raise ValueError(f"{self._space.name}: the latency table has a row that is not a number.")


def _rows(table: LatencyTable, layers: Sequence[Layer], length: int = 1) -> NDArray[np.float64]:
    """Costs of a position's candidates, ``(length, 4)``; what is no candidate is not a number.

    Whole numbers are exact in float64 up to 2 ** 53, and rows of 32 bytes are what numpy gathers fastest.
    """
    rows = np.full((max(length, len(layers)), 4), np.nan)
    rows[: len(layers)] = [(table.layer_ms(layer), layer.params, layer.macs, 0) for layer in layers]
    return rows


def _fuse(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """One table for two: the costs of every pair of entries."""
    return (left[:, None] + right).reshape(-1, 4)


def _diagonal(places: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """The matrix that turns options ``(N, decisions)`` into a code for each group, ``(N, groups)``."""
    matrix = np.zeros((sum(map(len, places)), len(places)), dtype=np.float32)
    row = 0
    for column, place in enumerate(places):
        matrix[row : row + len(place), column] = place
        row += len(place)
    return matrix
