"""Gives a network with a task's head the trained weights of the network for classification that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mobilenas.adaptation import truncated
from mobilenas.network import NetworkSpec

if TYPE_CHECKING:
    from torch import Tensor

    from mobilenas.training.pretrained import Pretrained


def with_new_head(weights: Pretrained, trained: NetworkSpec, network: NetworkSpec, seed: int) -> Pretrained:
    """Returns the weights of a network with a head: its layers take those of their counterparts, and the head is new.

    Where the network has fewer channels, those stay that NetAdapt would keep.

    Args:
        weights: the weights of the network for classification
        trained: this network
        network: the network with a head, whose layers are the first ones of this network
        seed: seed of the head's weights
    """
    import torch

    from mobilenas.training.pretrained.matching import head_of

    places = len(network.ops)
    backbone, own = replace(trained, ops=trained.ops[:places]), replace(network, head=None)
    kept = {name: one for name, one in weights.tensors.items() if int(name.partition(".")[0]) < places}
    found = truncated(kept, backbone, own, "projection")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        state: Mapping[str, Tensor] = network.build().state_dict()
    tensors = {name: found.get(name, state[name]) for name in state}
    return replace(weights, tensors=tensors, new=head_of(network, state), classes=None)
