"""A small set of combinations that has every pair of parts which is not refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from tests.combinations.cells import AXES, Cell

Pair = tuple[int, str, int, str]
"""The places of two axes, each with a value."""


def pairs_of(cell: Cell, axes: Iterable[tuple[str, str]] | None = None) -> set[Pair]:
    """Returns the pairs that a cell has.

    Args:
        cell: the cell
        axes: pairs of axes; all of them by default
    """
    places = list(AXES)
    chosen = combinations(places, 2) if axes is None else axes
    found = [sorted((places.index(one), places.index(other))) for one, other in chosen]
    return {(first, cell[first], second, cell[second]) for first, second in found}


def covering(cells: Collection[Cell], axes: Sequence[tuple[str, str]] | None = None) -> list[Cell]:
    """Returns cells that together have all pairs of all cells: each next one has most of those that are missing."""
    pairs = {cell: pairs_of(cell, axes) for cell in cells}
    missing, chosen = set[Pair]().union(*pairs.values()), list[Cell]()
    while missing:
        best = max(pairs, key=lambda cell: len(pairs[cell] & missing))
        chosen.append(best)
        missing -= pairs[best]
    return chosen


def values_covering(cells: Sequence[Cell]) -> list[Cell]:
    """Returns cells that together have every value of every axis that one of the cells has."""
    missing, chosen = {(place, value) for cell in cells for place, value in enumerate(cell)}, list[Cell]()
    while missing:
        best = max(cells, key=lambda cell: len(missing & set(enumerate(cell))))
        chosen.append(best)
        missing -= set(enumerate(best))
    return chosen
