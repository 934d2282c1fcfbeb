"""Random changes to annotated training images, as settings."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Gt, Le

from mobilenas.settings import settings
from mobilenas.settings.kinds import FAR
from mobilenas.task.targets import Target

_ZoomOut = Annotated[float, Ge(1), Le(16), FAR]
_Scale = Annotated[float, Gt(0), Ge(0.05), Le(8), FAR]


@settings
class DenseAugment:
    """The random changes of a training image together with its boxes or its mask.

    Args:
        flip: mirrors an image with probability one half
        distort: changes brightness, contrast, saturation, hue and the order of the channels, each with probability one
            half (SSD)
        zoom_out: for boxes: the largest factor by which an image gets larger by a border of the mean colour, with
            probability one half (SSD: 4); 1 turns it off
        crop: for boxes: crops an image so that it overlaps an object by a random share (SSD)
        min_scale: for masks: the smallest factor of the size to which an image is resized before a random crop
        max_scale: for masks: the largest factor
    """

    flip: bool = False
    distort: bool = False
    zoom_out: _ZoomOut = 1.0
    crop: bool = False
    min_scale: _Scale = 1.0
    max_scale: _Scale = 1.0

    def __post_init__(self) -> None:
        if self.min_scale > self.max_scale:
            raise ValueError(f"DenseAugment: min_scale={self.min_scale} is more than max_scale={self.max_scale}.")

    def check(self, learns: Target) -> None:
        """Raises ValueError if a change is set that is not for boxes, or not for masks."""
        if learns == "boxes" and (self.min_scale, self.max_scale) != (1, 1):
            raise ValueError("DenseAugment: min_scale and max_scale are for masks; leave them out, and set zoom_out.")
        if learns == "masks" and (self.zoom_out != 1 or self.crop):
            raise ValueError("DenseAugment: zoom_out and crop are for boxes; leave them out, and set max_scale.")
