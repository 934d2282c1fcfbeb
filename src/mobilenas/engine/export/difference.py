"""How far the outputs of a file are from those of torch."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def largest_difference(expected: Sequence[Tensor], found: Sequence[Tensor]) -> float:
    """Returns the largest difference between some outputs and what they should be.

    The difference is absolute. If the values of an output are above 1, it is divided by the largest of them.
    """
    pairs = zip(expected, found, strict=True)
    return max(float((one - other).abs().max() / one.abs().max().clamp(min=1.0)) for one, other in pairs)


def outputs_of(module: nn.Module, images: Tensor) -> list[Tensor]:
    """Returns the outputs of a module for images ``(N, C, H, W)``."""
    with torch.inference_mode():
        found = module(images)
    return [found] if isinstance(found, Tensor) else list(found)
