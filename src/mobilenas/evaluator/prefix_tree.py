"""Forward passes of several paths of a supernet, in which paths that begin alike share what they have in common."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mobilenas.evaluation import Architecture
from mobilenas.supernet import Supernet
from mobilenas.training.accuracy import averaging, check_statistics


@dataclass(eq=False)
class Statistics:
    """The running statistics of a batch norm within one prefix, which are those of no other prefix."""

    mean: Tensor
    variance: Tensor
    batches: Tensor

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> Statistics:
        """Returns statistics that have seen no image."""
        mean, variance, batches = norm.running_mean, norm.running_var, norm.num_batches_tracked
        assert mean is not None and variance is not None and batches is not None
        return cls(torch.zeros_like(mean), torch.ones_like(variance), torch.zeros_like(batches))


@dataclass(eq=False)
class Node:
    """A layer of some architectures that have the same candidates up to this layer."""

    layer: nn.Module
    norms: list[tuple[nn.BatchNorm2d, Statistics]]
    next: dict[Architecture, Node] = field(default_factory=dict)
    ends: list[Architecture] = field(default_factory=list)

    def __call__(self, input: Tensor) -> Tensor:
        for norm, own in self.norms:
            norm.running_mean, norm.running_var, norm.num_batches_tracked = own.mean, own.variance, own.batches
        output: Tensor = self.layer(input)
        return output


class PrefixTree:
    """Runs some paths of a supernet layer by layer; a layer whose whole prefix several paths share runs once for them.

    Every layer gets the same batches as in a forward pass of one path alone, so that all outputs are the same numbers.
    The batch norms of a prefix have running statistics of their own here. In memory are the statistics, and for one
    batch the maps of a single path.

    Args:
        supernet: the supernet, in eval mode
        architectures: the architectures of the paths, all different
    """

    def __init__(self, supernet: Supernet, architectures: Sequence[Architecture]) -> None:
        self._first: dict[Architecture, Node] = {}
        self.layers = 0
        for architecture in sorted(architectures):
            nodes, node = self._first, None
            for share, layer in supernet.layers_of(architecture):
                if share not in nodes:
                    nodes[share] = Node(layer, [(norm, Statistics.of(norm)) for norm in _norms(layer)])
                    self.layers += 1
                node = nodes[share]
                nodes = node.next
            assert node
            node.ends.append(architecture)

    @torch.no_grad()
    def recalibrate(self, batches: Iterable[tuple[Tensor, Tensor]], device: torch.device, parts: int = 1) -> None:
        """Computes the running statistics of every batch norm as the plain average over batches.

        Args:
            batches: images ``(N, C, H, W)`` and labels, which do not matter
            device: the device of the forward passes
            parts: number of parts of a batch, each of which counts as a batch

        Raises:
            DivergedError: a statistic is not finite
        """
        with averaging({norm for node in self._nodes() for norm, _ in node.norms}):
            for images, _ in batches:
                for part in images.to(device, memory_format=torch.channels_last).chunk(parts):
                    deque(self.outputs(part), maxlen=0)
        statistics = [own for node in self._nodes() for _, own in node.norms]
        check_statistics(one for own in statistics for one in (own.mean, own.variance))

    @torch.no_grad()
    def outputs(self, images: Tensor) -> Iterator[tuple[Architecture, Tensor]]:
        """Yields each architecture with its outputs ``(N, classes)`` for a batch of images on the device."""
        with self._kept_statistics():
            yield from self._run(images, self._first)

    def _run(self, input: Tensor, nodes: dict[Architecture, Node]) -> Iterator[tuple[Architecture, Tensor]]:
        for node in nodes.values():
            output = node(input)
            yield from ((architecture, output) for architecture in node.ends)
            if node.next:
                yield from self._run(output, node.next)

    def _nodes(self) -> Iterator[Node]:
        waiting = list(self._first.values())
        while waiting:
            node = waiting.pop()
            waiting += node.next.values()
            yield node

    @contextmanager
    def _kept_statistics(self) -> Iterator[None]:
        """Gives the supernet its own statistics again at the end of the block."""
        norms = {norm for node in self._nodes() for norm, _ in node.norms}
        before = {norm: (norm.running_mean, norm.running_var, norm.num_batches_tracked) for norm in norms}
        try:
            yield
        finally:
            for norm, (mean, variance, batches) in before.items():
                norm.running_mean, norm.running_var, norm.num_batches_tracked = mean, variance, batches


def _norms(layer: nn.Module) -> list[nn.BatchNorm2d]:
    return [part for part in layer.modules() if isinstance(part, nn.BatchNorm2d)]
