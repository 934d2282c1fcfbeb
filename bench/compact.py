"""The space and the compact networks that steps of supernets are compared with."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bench.clock import DEVICE
from mobilenas.evaluation import Architecture
from mobilenas.ops import Op
from mobilenas.search_space import LayerwiseSpace, ProxylessMobile


def six_candidates(resolution: int) -> LayerwiseSpace:
    """The mobile space without its zero operations."""
    space = ProxylessMobile().space(resolution=resolution)
    return replace(space, positions=tuple(_without_skip(ops) for ops in space.positions))


def _without_skip(ops: Sequence[Op]) -> tuple[Op, ...]:
    return tuple(op for op in ops if op.takes_time)


def balanced_paths(space: LayerwiseSpace) -> list[Architecture]:
    """Six paths that together have every candidate of every layer once."""
    return [tuple((path + layer) % 6 for layer in range(len(space.options))) for path in range(6)]


class Compact:
    """Plain training steps of some paths, each built alone.

    Args:
        space: of the paths
        paths: one network each
    """

    def __init__(self, space: LayerwiseSpace, paths: Sequence[Architecture]) -> None:
        self.networks = [space.network(path).build().to(DEVICE, memory_format=torch.channels_last) for path in paths]
        self._optimizers = [torch.optim.SGD(network.parameters(), 0.01, 0.9) for network in self.networks]

    def step(self, place: int, images: Tensor, labels: Tensor) -> None:
        """Forward, backward and update of one network."""
        self._optimizers[place].zero_grad()
        self.loss(place, images, labels).backward()
        self._optimizers[place].step()

    def loss(self, place: int, images: Tensor, labels: Tensor) -> Tensor:
        return cross_entropy(self.networks[place](images.contiguous(memory_format=torch.channels_last)), labels)


def saved_bytes(module: nn.Module, forward: Callable[[], Tensor]) -> int:
    """Bytes that a forward pass keeps for the backward pass, weights left out."""
    weights = {weight.untyped_storage().data_ptr() for weight in module.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = forward()
    assert loss.requires_grad
    return sum(kept.values())
