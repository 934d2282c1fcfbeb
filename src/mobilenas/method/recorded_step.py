"""A step on a GPU that is recorded once, as a CUDA graph, and then replayed without Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mobilenas.side_stream import run_aside

WARM_UP_STEPS = 3
"""The number of steps before the graph is recorded, because the first calls of CUDA's libraries cannot be."""


class RecordedStep:
    """A recorded step, which is replayed with other inputs of the same shapes.

    Args:
        supernet: the module whose weights get gradients
        run: the step, from its inputs to the losses
        inputs: the inputs of a step
    """

    def __init__(self, supernet: nn.Module, run: Callable[..., Tensor], inputs: Sequence[Tensor]) -> None:
        self._inputs = [one.clone() for one in inputs]
        self._graph = torch.cuda.CUDAGraph()
        with _as_it_was(supernet):
            run_aside(lambda: run(*self._inputs), WARM_UP_STEPS)
        torch.clear_autocast_cache()  # weights in the other precision that the graph would take for constants
        supernet.zero_grad()
        with torch.cuda.graph(self._graph):
            self._losses = run(*self._inputs)
        torch.clear_autocast_cache()
        self._gradients = [(weight, weight.grad) for weight in supernet.parameters()]

    def fits(self, inputs: Sequence[Tensor]) -> bool:
        """Returns whether the inputs have the shapes of those that were recorded."""
        return all(own.shape == one.shape for own, one in zip(self._inputs, inputs, strict=True))

    def __call__(self, inputs: Sequence[Tensor]) -> Tensor:
        """Sets the gradients of the weights, and returns the losses."""
        for own, one in zip(self._inputs, inputs, strict=True):
            own.copy_(one)
        self._graph.replay()
        for weight, gradient in self._gradients:
            weight.grad = gradient
        return self._losses.clone()


@contextmanager
def _as_it_was(module: nn.Module) -> Iterator[None]:
    """Restores a module's statistics and the state of the random numbers after the block."""
    statistics = [(one, one.clone()) for one in module.buffers()]
    with torch.random.fork_rng([torch.cuda.current_device()]):
        yield
    for one, before in statistics:
        one.copy_(before)
