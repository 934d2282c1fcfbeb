"""Looks for the order of layers in a file that has lost it, as every safetensors file has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TypeAlias

from mobilenas.training.pretrained.names import Shapes, in_leaves_order, layer_name, same_shape

MOST_TRIES = 100_000
"""The most parts of names that are tried for a place; a network of 400 tensors needs some thousand."""

KINDS = ("conv", "bn", "norm", "batchnorm", "batch", "layer", "d")
"""Words that say what a part is, not where it is."""

TIMMS = (("conv_pw", "conv_pwl"),)
"""Two names of timm's blocks, expansion and projection, in their order; without an expansion ratio they are alike."""

_Tree: TypeAlias = "dict[str, _Tree | None]"


def in_searched_order(found: Shapes, wanted: Shapes, misfit: str) -> list[str]:
    """Returns the names of all tensors in the order of the layers.

    Numbers in the names are followed. Names without numbers are tried in the order of the alphabet until the shapes
    fit. If two of them could then change places, each must have the words of the layer before it, as ``expand_bn`` has
    those of ``expand_conv``.

    Args:
        found: the shapes that a file has, by its names
        wanted: the shapes of the network, by its own names, in order
        misfit: says what does not fit, for the error

    Raises:
        ValueError: no order of the names fits, or several do
    """
    search = _Search([*wanted.values()], found)
    if (names := search.names()) is not None:
        _check_certain(names, found, misfit)
        return names
    place, shape = list(wanted.items())[search.furthest]
    raise ValueError(
        f"{misfit}: the file keeps no order of layers, and no order of its {len(found)} names gives {place} the"
        f" {' x '.join(map(str, shape))} numbers that it needs. Choose the network that they were trained with, or give"
        " the file that PyTorch wrote, which keeps the order."
    )


class _Search:
    """Looks for an order of names whose shapes are those of a network.

    Args:
        wanted: the shapes of the network in order
        found: the shapes of the tensors by name
    """

    def __init__(self, wanted: list[tuple[int, ...]], found: Shapes) -> None:
        self._wanted, self._found = wanted, found
        self._tries = self._furthest = 0

    def names(self) -> list[str] | None:
        """Returns the names in the first order that fits, or None."""
        tree: _Tree = {}
        for name in self._found:
            _plant(tree, name.split("."))
        return next((names for names in self._orders(tree, (), 0) if len(names) == len(self._wanted)), None)

    @property
    def furthest(self) -> int:
        """The place of the first tensor that nothing was found for."""
        return min(self._furthest, len(self._wanted) - 1)

    def _orders(self, tree: _Tree, path: tuple[str, ...], at: int) -> Iterator[list[str]]:
        """Yields the orders of all names below a path that fit the shapes from a place on."""
        leaves = in_leaves_order([".".join((*path, part)) for part, below in tree.items() if below is None])
        parts = sorted((part for part, below in tree.items() if below is not None), key=_natural)
        if leaves and not parts:
            if self._fit(leaves, at):
                yield leaves
            return
        yield from self._sequences(tree, path, leaves, parts, at)

    def _sequences(
        self, tree: _Tree, path: tuple[str, ...], leaves: list[str], parts: list[str], at: int, last: str = ""
    ) -> Iterator[list[str]]:
        """Yields the orders of the parts below a path, and of the tensors beside them.

        What has the words of the part before it comes first: ``expand_bn`` after ``expand_conv``.
        """
        if leaves and self._fit(leaves, at):
            for rest in self._sequences(tree, path, [], parts, at + len(leaves), last):
                yield leaves + rest
        if not parts and not leaves:
            yield []
        numbered = all(part.isdigit() for part in parts)
        for part in parts[:1] if numbered else sorted(parts, key=lambda one: words_of(one) != words_of(last)):
            self._tries += 1
            if self._tries > MOST_TRIES:
                return
            below = tree[part]
            assert below is not None
            others = [other for other in parts if other != part]
            for names in self._orders(below, (*path, part), at):
                for rest in self._sequences(tree, path, leaves, others, at + len(names), part):
                    yield names + rest

    def _fit(self, names: list[str], at: int) -> bool:
        """Returns whether tensors have the shapes of a place; of the last layer, the classes may differ."""
        end = at + len(names)
        if end > len(self._wanted):
            return False
        begin = 1 if end == len(self._wanted) else 0
        pairs = zip(names, self._wanted[at:end], strict=True)
        fits = all(same_shape(shape[begin:], self._found[name][begin:]) for name, shape in pairs)
        self._furthest = max(self._furthest, end if fits else at)
        return fits


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


def words_of(part: str) -> tuple[str, ...]:
    """Returns the words of a part of a name that say where it is, in small letters: ``expand`` of ``_expand_conv1``."""
    words = (word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", part))
    return tuple(word for word in words if word not in KINDS)


def _check_certain(names: list[str], found: Shapes, misfit: str) -> None:
    """Raises ValueError if two parts could change places, and only the alphabet has put one of them first."""
    layers = list(dict.fromkeys(map(layer_name, names)))
    before = dict(zip(layers[1:], layers, strict=False))
    shapes: dict[str, list[tuple[int, ...]]] = {}
    for name in names:
        parts = name.split(".")[:-1]
        for end in range(1, len(parts) + 1):
            shapes.setdefault(".".join(parts[:end]), []).append(found[name])
    alike: dict[tuple[str, tuple[tuple[int, ...], ...]], list[str]] = {}
    for path, own in shapes.items():
        alike.setdefault((layer_name(path), tuple(own)), []).append(path)
    for paths in alike.values():
        for one, other in pairwise(paths):
            if not (_numbered(one, other) or _follow(before, one, other) or _are_timms(one, other)):
                raise ValueError(
                    f"{misfit}: the file keeps no order of layers, and {one} and {other} have the same shapes. Give the"
                    " file that PyTorch wrote, which keeps the order."
                )


def _numbered(one: str, other: str) -> bool:
    """Returns whether two names differ in their numbers alone, which then tell their order."""
    return re.sub(r"\d+", "#", one) == re.sub(r"\d+", "#", other)


def _are_timms(one: str, other: str) -> bool:
    """Returns whether two names are timm's for layers whose order is known."""
    return (one.rpartition(".")[2], other.rpartition(".")[2]) in TIMMS


def _follow(before: Mapping[str, str], *layers: str) -> bool:
    """Returns whether each layer has the words of the layer before it, which then tells its place."""
    pairs = [(words_of(one.rpartition(".")[2]), before.get(one, "")) for one in layers]
    return all(words and words == words_of(previous.rpartition(".")[2]) for words, previous in pairs)
