"""SSD's anchors: the boxes that a detector moves and resizes (SSD, Sec. 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import torch
from torch import Tensor

from mobilenas.network.heads import SSDLite
from mobilenas.network.spec import NetworkSpec

LOWEST = 0.5  # the side of the square of three anchors over its map's scale, in MobileNetV2's public code
RATIOS = (2.0, 3.0)


def anchors_of(network: NetworkSpec) -> Tensor:
    """Returns the anchors of a detector, ``(A, 4)``: left, top, right and bottom in pixels of its input.

    Their order is that of its outputs: map after map, row after row, place after place. A scale is a share of the
    image's height and width, and rises from map to map.
    """
    assert isinstance(network.head, SSDLite)
    grids = network.head.grids([tap.shape for tap in network.taps])
    steps, least, most = max(len(grids) - 1, 1), network.head.least_scale, network.head.most_scale
    scales = [least + (most - least) * number / steps for number in range(len(grids))]
    found = []
    for grid, count, (scale, larger) in zip(grids, network.head.anchors, pairwise([*scales, 1.0]), strict=True):
        found.append(_on_grid(grid, _sizes(count, scale, larger)))
    sides = torch.tensor([network.input.width, network.input.height]).repeat(2)
    return torch.cat(found) * sides


def _sizes(count: int, scale: float, larger: float) -> list[tuple[float, float]]:
    """Returns width and height of the anchors at one place, as shares of the image.

    Args:
        count: their number: 2 squares and two boxes for each ratio; or 3, a small square and two boxes
        scale: the scale of the map
        larger: the scale of the next map
    """
    squares = [LOWEST * scale] if count == 3 else [scale, sqrt(scale * larger)]
    sizes = [(side, side) for side in squares]
    for ratio in RATIOS[: (count - len(squares)) // 2]:
        wide, flat = scale * sqrt(ratio), scale / sqrt(ratio)
        sizes += [(wide, flat), (flat, wide)]
    return sizes


def _on_grid(grid: tuple[int, int], sizes: Sequence[tuple[float, float]]) -> Tensor:
    """Returns boxes ``(H W A, 4)`` as shares of the image, around the middle of each place of a map."""
    rows, columns = ((torch.arange(length) + 0.5) / length for length in grid)
    down, right = torch.meshgrid(rows, columns, indexing="ij")
    middles = torch.stack([right, down], -1).reshape(-1, 1, 2)
    halves = torch.tensor(sizes).clamp(max=1.0) / 2
    return torch.cat([middles - halves, middles + halves], -1).reshape(-1, 4)
