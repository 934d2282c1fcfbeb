"""The shape of a feature map, and MobileNetV2's rule for numbers of channels."""

from __future__ import annotations

from dataclasses import dataclass

from mobilenas.settings.checks import check_positive

Size = tuple[int, int]
"""Height and width in pixels."""

Resolution = int | Size
"""The side of a square image in pixels, or the height and the width of an image."""


@dataclass(frozen=True)
class Shape:
    """The shape of one image's feature map.

    Args:
        channels: number of channels; an image has 3
        height: in pixels
        width: in pixels
    """

    channels: int
    height: int
    width: int

    def __post_init__(self) -> None:
        check_positive("input", channels=self.channels, height=self.height, width=self.width)

    @classmethod
    def image(cls, resolution: Resolution, channels: int = 3) -> Shape:
        """Returns the shape of an image."""
        height, width = (resolution, resolution) if isinstance(resolution, int) else resolution
        return cls(channels, height, width)

    def __str__(self) -> str:
        return f"{self.channels}x{self.height}x{self.width}"

    def strided(self, channels: int, stride: int) -> Shape:
        """The shape after an operation that is padded to keep height and width, then strided."""
        return Shape(channels, -(-self.height // stride), -(-self.width // stride))


def make_divisible(value: float, divisor: int) -> int:
    """``value`` rounded to a multiple of ``divisor``, never more than a tenth below it (MobileNetV2's rule)."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded
