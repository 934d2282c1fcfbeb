"""Brings named tensors into the order of a network's layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TypeAlias

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
"""Shapes of tensors by name."""

LEAVES = ("weight", "bias", "running_mean", "running_var")
"""The names of a layer's tensors in PyTorch, in their order."""

MOST_TRIES = 100_000
"""The most parts of names that are tried for a place; a network of 400 tensors needs some thousand."""

_Tree: TypeAlias = "dict[str, _Tree | None]"


def is_counter(name: str) -> bool:
    """Returns whether a tensor counts the batches of a batch norm, which is no weight."""
    return name.rpartition(".")[2] == "num_batches_tracked"


def in_layers_order(found: Shapes, wanted: Shapes, is_ordered: bool, misfit: str) -> list[str]:
    """Returns the names of all tensors in the order of the layers.

    If the order is lost, numbers in the names are followed, and names without numbers are tried in the order of the
    alphabet until the shapes fit.

    Args:
        found: the shapes that a file has, by its names
        wanted: the shapes of the network, by its own names, in order
        is_ordered: whether the file is in the order of its layers
        misfit: says what does not fit, for the error

    Raises:
        ValueError: no order of the names fits
    """
    if is_ordered:
        groups = groupby(found, lambda name: name.rpartition(".")[0])
        return [name for _, names in groups for name in _in_leaves_order(list(names))]
    return _Search([*wanted.values()], found).names(misfit, list(wanted))


def _in_leaves_order(names: list[str]) -> list[str]:
    """Returns the tensors of one layer in PyTorch's order; others stay where they are."""
    leaves = [name.rpartition(".")[2] for name in names]
    if not set(leaves) <= set(LEAVES):
        return names
    return sorted(names, key=lambda name: LEAVES.index(name.rpartition(".")[2]))


class _Search:
    """Looks for an order of names whose shapes are those of a network.

    Args:
        wanted: the shapes of the network in order
        found: the shapes of the tensors by name
    """

    def __init__(self, wanted: list[tuple[int, ...]], found: Shapes) -> None:
        self._wanted, self._found = wanted, found
        self._tries = self._furthest = 0

    def names(self, misfit: str, places: list[str]) -> list[str]:
        """Returns the names in the first order that fits; raises ValueError if none does."""
        tree: _Tree = {}
        for name in self._found:
            _plant(tree, name.split("."))
        whole = (names for names in self._orders(tree, (), 0) if len(names) == len(self._wanted))
        if (names := next(whole, None)) is not None:
            return names
        place = min(self._furthest, len(places) - 1)
        shape = " x ".join(map(str, self._wanted[place]))
        raise ValueError(
            f"{misfit}: the file keeps no order of layers, and no order of its {len(self._found)} names gives"
            f" {places[place]} the {shape} numbers that it needs. Choose the network that they were trained with, or"
            " give the file that PyTorch wrote, which keeps the order."
        )

    def _orders(self, tree: _Tree, path: tuple[str, ...], at: int) -> Iterator[list[str]]:
        """Yields the orders of all names below a path that fit the shapes from a place on."""
        leaves = _in_leaves_order([".".join((*path, part)) for part, below in tree.items() if below is None])
        parts = sorted((part for part, below in tree.items() if below is not None), key=_natural)
        if leaves and not parts:
            if self._fit(leaves, at):
                yield leaves
            return
        yield from self._sequences(tree, path, leaves, parts, at)

    def _sequences(
        self, tree: _Tree, path: tuple[str, ...], leaves: list[str], parts: list[str], at: int
    ) -> Iterator[list[str]]:
        """Yields the orders of the parts below a path, and of the tensors beside them."""
        if leaves and self._fit(leaves, at):
            for rest in self._sequences(tree, path, [], parts, at + len(leaves)):
                yield leaves + rest
        if not parts and not leaves:
            yield []
        numbered = all(part.isdigit() for part in parts)
        for part in parts[:1] if numbered else parts:
            self._tries += 1
            if self._tries > MOST_TRIES:
                return
            below = tree[part]
            assert below is not None
            others = [other for other in parts if other != part]
            for names in self._orders(below, (*path, part), at):
                for rest in self._sequences(tree, path, leaves, others, at + len(names)):
                    yield names + rest

    def _fit(self, names: list[str], at: int) -> bool:
        """Returns whether tensors have the shapes of a place; of the last layer, the classes may differ."""
        end = at + len(names)
        if end > len(self._wanted):
            return False
        is_last = end == len(self._wanted)
        pairs = zip(names, self._wanted[at:end], strict=True)
        fits = all(_alike(self._found[name], shape, is_last) for name, shape in pairs)
        self._furthest = max(self._furthest, end if fits else at)
        return fits


def _alike(found: tuple[int, ...], wanted: tuple[int, ...], is_last: bool) -> bool:
    begin = 1 if is_last else 0
    found, wanted = found[begin:], wanted[begin:]
    longer, shorter = sorted((found, wanted), key=len, reverse=True)
    return longer[: len(shorter)] == shorter and set(longer[len(shorter) :]) <= {1}


def _plant(tree: _Tree, parts: list[str]) -> None:
    """Adds a name to the tree of names."""
    for part in parts[:-1]:
        below = tree.setdefault(part, {})
        if below is None:
            return
        tree = below
    tree.setdefault(parts[-1], None)


def _natural(part: str) -> list[tuple[int, str]]:
    """Returns a key that sorts numbers in names by their value."""
    return [(int(one), "") if one.isdigit() else (-1, one) for one in re.split(r"(\d+)", part) if one]
