"""Draws boxes and masks on images, by torchvision."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb

import torch
from torch import Tensor
from torch.nn import functional as F

from mobilenas.task.targets import IGNORED

Colour = tuple[int, int, int]

NARROWEST = 320
"""The least width of a picture in pixels."""

SHADE = 0.6  # of a mask's colour over the image


def colours(classes: int) -> list[Colour]:
    """Returns a colour for each class: hues at equal distances, every other one darker."""
    levels = (1.0, 0.7)
    found = [hsv_to_rgb(one / classes, 0.85, levels[one % 2 if classes > 6 else 0]) for one in range(classes)]
    return [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in found]


def with_mask(image: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Returns an image under the colours of its pixels' classes; pixels that are ignored are black.

    Args:
        image: bytes ``(3, H, W)``
        labels: the class of each pixel, ``(H, W)``
        classes: number of classes
    """
    palette = torch.tensor([*colours(classes), (0, 0, 0)], dtype=torch.float32)
    known = torch.where(labels == IGNORED, classes, labels.long())
    mixed = (1 - SHADE) * image + SHADE * palette[known].permute(2, 0, 1)
    return torch.where(labels == IGNORED, torch.zeros(()), mixed).round().to(torch.uint8)


def with_boxes(
    image: Tensor, boxes: Tensor, labels: Tensor, classes: int, texts: Sequence[str] | None = None
) -> Tensor:
    """Returns an image with boxes in the colours of their classes.

    Args:
        image: bytes ``(3, H, W)``
        boxes: left, top, right and bottom in pixels, ``(n, 4)``
        labels: the class of each box, ``(n,)``
        classes: number of classes
        texts: a text at each box
    """
    from torchvision.utils import draw_bounding_boxes

    if not len(boxes):
        return image
    inside = boxes.clamp(min=0).minimum(torch.tensor([image.shape[2], image.shape[1]]).repeat(2).sub(1).float())
    inside[:, 2:] = torch.maximum(inside[:, 2:], inside[:, :2])
    palette = colours(classes)
    named = None if texts is None else list(texts)
    drawn: Tensor = draw_bounding_boxes(image, inside, named, [palette[label] for label in labels.tolist()], width=2)
    return drawn


def enlarged(image: Tensor) -> tuple[Tensor, int]:
    """Returns an image at a whole multiple of its size that is wide enough for people, and the multiple."""
    factor = max(1, -(-NARROWEST // image.shape[2]))
    return F.interpolate(image[None].float(), scale_factor=factor, mode="nearest")[0].to(torch.uint8), factor


def side_by_side(one: Tensor, other: Tensor) -> Tensor:
    """Returns two pictures of one size beside each other, with a white gap."""
    gap = torch.full((3, one.shape[1], 8), 255, dtype=torch.uint8)
    return torch.cat([one, gap, other], 2)
