"""Evaluates a batch in parts where the memory of a GPU is too small for the whole of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

log = logging.getLogger(__name__)

T = TypeVar("T")

MOST_PARTS = 1024


class BatchParts:
    """The number of equal parts of a batch that fit into the memory of the device one after the other."""

    def __init__(self) -> None:
        self.count = 1

    def __call__(self, run: Callable[[int], T]) -> T:
        """Calls a function with the number of parts, again with twice as many each time that the memory is too small.

        Raises:
            OutOfMemoryError: parts of one image do not fit either
        """
        while True:
            try:
                return run(self.count)
            except torch.OutOfMemoryError:
                if self.count >= MOST_PARTS:
                    raise
            self.count *= 2  # outside of the block, in which the error still holds the memory of its frames
            torch.cuda.empty_cache()
            log.warning(
                "The memory of the device is too small for a batch: it is evaluated in %d parts. A smaller"
                " evaluator.batch_size avoids this.",
                self.count,
            )


def forward(network: Callable[[Tensor], object], images: Tensor, parts: int) -> list[Tensor]:
    """Returns the outputs of a network in eval mode, each ``(N, ...)``, computed for one part of a batch at a time."""
    found = [_listed(network(part)) for part in images.chunk(parts)]
    return [torch.cat(own) for own in zip(*found, strict=True)] if len(found) > 1 else found[0]


def _listed(outputs: object) -> list[Tensor]:
    if isinstance(outputs, Tensor):
        return [outputs]
    assert isinstance(outputs, Sequence)
    return list(outputs)
