"""Random changes to training images, as settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mobilenas.settings import Count, Fraction, settings

if TYPE_CHECKING:
    from torch import Tensor

    from mobilenas.data.images import Picture


@settings
class Augment:
    """The random changes of a training image, in this order.

    Args:
        min_area: the smallest share of the image that a random crop keeps before it is resized, as in Inception's
            preprocessing; 1 turns the crop off
        padding: pixels of black around the image, before a random crop of the image's size
        flip: mirrors an image with probability one half
        cutout: side in pixels of a square that gets the mean colour; 0 turns it off
    """

    min_area: Fraction = 1.0
    padding: Count = 0
    flip: bool = False
    cutout: Count = 0

    @property
    def crops(self) -> bool:
        """Whether the changes start from the original image instead of the centered image."""
        return self.min_area < 1

    def build(self, resolution: int, fill: tuple[float, ...]) -> Callable[[Picture], Tensor]:
        """Returns the transform to bytes ``(3, resolution, resolution)``; ``fill`` is the mean colour, white is 1."""
        from mobilenas.data.changes import changes

        return changes(self, resolution, fill)
