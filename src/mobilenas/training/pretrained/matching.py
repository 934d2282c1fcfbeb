"""Matches tensors with the layers of a network by their order and their shapes, whatever their names are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from mobilenas.network import NetworkSpec
from mobilenas.training.pretrained.names import (
    Shapes,
    in_leaves_order,
    is_counter,
    layer_name,
    role_of,
    same_role,
    same_shape,
)
from mobilenas.training.pretrained.searched import in_searched_order
from mobilenas.training.pretrained.source import Source


@dataclass(frozen=True)
class Matched:
    """Tensors by a network's own names.

    Args:
        tensors: the tensors, without those of a last layer that is new
        new: names of the tensors of a last layer for other classes
    """

    tensors: Mapping[str, Tensor]
    new: tuple[str, ...]


def matched(network: NetworkSpec, source: Source) -> Matched:
    """Returns the source's tensors by the network's names.

    A tensor may have further axes of length 1, because public networks write linear layers as convolutions too.

    Raises:
        ValueError: a tensor does not fit; the error names the first layer at fault
    """
    with torch.device("meta"):
        state = network.build().state_dict()
    wanted = {name: tuple(one.shape) for name, one in state.items() if not is_counter(name)}
    found = {name: one for name, one in source.tensors.items() if not is_counter(name)}
    names = _names(network, source, wanted, {name: tuple(one.shape) for name, one in found.items()})
    head = head_of(network, wanted)
    pairs = dict(zip(wanted, names, strict=False))
    new: list[str] = []
    for name, shape in wanted.items():
        other = pairs.get(name)
        if other and same_shape(shape, found[other].shape) and same_role(name, other):
            continue
        if other and name in head and same_shape(shape[1:], found[other].shape[1:]) and same_role(name, other):
            new.append(name)
            continue
        raise ValueError(_misfit(network, source, name, shape, other, found))
    if len(names) > len(wanted):
        raise ValueError(_surplus(network, source, names[len(wanted)], found))
    tensors = {name: found[pairs[name]].reshape(shape).float() for name, shape in wanted.items() if name not in new}
    if new:  # a bias fits a last layer whose weight does not only by chance
        tensors, new = {name: one for name, one in tensors.items() if name not in head}, list(head)
    return Matched(tensors, tuple(new))


def _names(network: NetworkSpec, source: Source, wanted: Shapes, found: Shapes) -> list[str]:
    """Returns the names of the source's tensors in the order of the network's layers."""
    if found.keys() == wanted.keys():
        return list(wanted)
    if source.is_ordered:
        return [name for _, names in groupby(found, layer_name) for name in in_leaves_order(names)]
    return in_searched_order(found, wanted, f"{source.origin} does not fit {network.name}")


def head_of(network: NetworkSpec, wanted: Iterable[str]) -> tuple[str, ...]:
    """Returns the names of the tensors of the last layer, or of the head if there is one."""
    names = list(wanted)
    if network.head:
        return tuple(name for name in names if name.startswith(f"{len(network.ops)}."))
    return tuple(name for name in names if layer_name(name) == layer_name(names[-1]))


def _misfit(
    network: NetworkSpec,
    source: Source,
    name: str,
    shape: tuple[int, ...],
    other: str | None,
    found: Mapping[str, Tensor],
) -> str:
    there = f"{other} of {_in_words(found[other].shape)} stands there" if other else "nothing is left there"
    return (
        f"{source.origin} holds the weights of another network than {network.name}: layer {name.partition('.')[0]}"
        f" ({name}) needs {_in_words(shape)}, and {there}; {_seen(found)}. {_way_out(found)}"
    )


def _way_out(found: Mapping[str, Tensor]) -> str:
    if {role_of(name) for name in found} <= {"weight", "bias"}:
        return (
            "No name is one of a batch norm's statistics: if batch norms were folded into the convolutions, give the"
            " weights as they were before."
        )
    return "Choose the network, the width and the hidden layer that they were trained with."


def _surplus(network: NetworkSpec, source: Source, other: str, found: Mapping[str, Tensor]) -> str:
    return (
        f"{source.origin} holds the weights of another network than {network.name}: after its last layer,"
        f" {other} of {_in_words(found[other].shape)} is left; {_seen(found)}. Choose the network that they were"
        " trained with."
    )


def _seen(found: Mapping[str, Tensor]) -> str:
    names = list(found)
    return f"it has {len(names)} tensors, from {names[0]} to {names[-1]}" if names else "it has no tensors"


def _in_words(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "one number"
