"""The parameter groups of a network, whose earlier stages may learn more slowly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import is_strided
from mobilenas.ops import Conv, Norm, Pool
from mobilenas.training.recipe import Recipe, parameter_groups

if TYPE_CHECKING:
    from torch import nn


def groups_of(spec: NetworkSpec, network: nn.Module, recipe: Recipe, stage_lr: float) -> list[dict[str, object]]:
    """Returns the groups of a network's parameters, two for each learning rate.

    Args:
        spec: the network's description
        network: its module
        recipe: the weight decay, and the learning rate of the head
        stage_lr: the learning rate of a stage, divided by that of the next stage
    """
    if stage_lr == 1:
        return parameter_groups(network.parameters(), recipe.weight_decay, recipe.lr)
    layers: dict[int, list[nn.Parameter]] = {}
    for age, part in zip(ages(spec), network.children(), strict=True):
        layers.setdefault(age, []).extend(part.parameters())
    return [
        group
        for age, weights in layers.items()
        for group in parameter_groups(weights, recipe.weight_decay, recipe.lr * stage_lr**age)
    ]


def ages(spec: NetworkSpec) -> tuple[int, ...]:
    """Returns for each layer the number of stages from its own to the head: 0 in the head, 1 in the last stage.

    A stage begins with a layer that makes the map smaller. The head is the classifier with the convolutions, norms and
    poolings of stride 1 between the last block and it.
    """
    head = _head(spec.layers)
    found, age = [0] * head, 1
    for layer in reversed(spec.layers[: len(spec.layers) - head]):
        found.append(age)
        age += is_strided(layer)
    return tuple(reversed(found))


def _head(layers: Iterable[Layer]) -> int:
    """Returns the number of the last layers that are the head."""
    count = 0
    for layer in reversed(tuple(layers)):
        if not layer.op.is_head and (not isinstance(layer.op, Conv | Norm | Pool) or is_strided(layer)):
            break
        count += 1
    return count
