"""What the names of tensors tell: the layer that they are of, and their part in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
"""Shapes of tensors by name."""

LEAVES = ("weight", "bias", "running_mean", "running_var")
"""The names of a layer's tensors in PyTorch, in their order."""

TENSORFLOWS: Mapping[str, str] = MappingProxyType(
    {
        "kernel": "weight",
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
        "moving_var": "running_var",
    }
)
"""The names of a layer's tensors in TensorFlow, and PyTorch's."""


def layer_name(name: str) -> str:
    """Returns the name of the layer that a tensor is of."""
    return name.rpartition(".")[0]


def is_counter(name: str) -> bool:
    """Returns whether a tensor counts the batches of a batch norm, which is no weight."""
    return name.rpartition(".")[2] == "num_batches_tracked"


def in_leaves_order(names: Iterable[str]) -> list[str]:
    """Returns the tensors of one layer in PyTorch's order; others stay where they are."""
    given = list(names)
    roles = {name: role_of(name) for name in given}
    if not set(roles.values()) <= set(LEAVES):
        return given
    return sorted(given, key=lambda name: LEAVES.index(roles[name]))


def role_of(name: str) -> str:
    """Returns the part of a tensor in its layer, as PyTorch calls it; the end of its name if it is unknown."""
    end = name.rpartition(".")[2]
    return TENSORFLOWS.get(end, end)


def same_role(name: str, other: str) -> bool:
    """Returns whether two tensors have the same part in a layer, as far as their names tell."""
    roles = {role_of(name), role_of(other)}
    return len(roles) == 1 or not roles <= set(LEAVES)


def same_shape(wanted: tuple[int, ...], found: tuple[int, ...]) -> bool:
    """Returns whether two shapes are equal but for axes of length 1 at the end."""
    return _trimmed(wanted) == _trimmed(tuple(found))


def _trimmed(shape: tuple[int, ...]) -> tuple[int, ...]:
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape
