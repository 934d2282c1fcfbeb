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
    """What is done to a training image, in this order.

    Args:
        min_area: least share of the image that a random crop keeps before it is resized, as in Inception's
            preprocessing; 1 for no such crop
        padding: pixels of black around the image before it is cropped back to its size at random
        flip: mirror every other image
        cutout: side in pixels of a square that takes the mean colour; 0 for none
    """

    min_area: Fraction = 1.0
    padding: Count = 0
    flip: bool = False
    cutout: Count = 0

    @property
    def crops(self) -> bool:
        """Whether it starts from the original image, and not from the centered one."""
        return self.min_area < 1

    def build(self, resolution: int, fill: tuple[float, ...]) -> Callable[[Picture], Tensor]:
        """The transform, to bytes ``(3, resolution, resolution)``; ``fill`` is the mean colour, with white as 1."""
        from mobilenas.data.changes import changes

        return changes(self, resolution, fill)
