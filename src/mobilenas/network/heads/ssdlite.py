"""SSDLite, the head of detection (MobileNetV2, Sec. 6.2; MobileNetV3, Sec. 6.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mobilenas.network.heads.base import Head
from mobilenas.network.heads.parts import Separable
from mobilenas.network.taps import Tap, before_last_stride, last_map
from mobilenas.ops import Conv, Shape
from mobilenas.ops.base import Piece
from mobilenas.settings.checks import check_positive
from mobilenas.settings.words import shown

if TYPE_CHECKING:
    from torch import nn

    from mobilenas.network.heads.modules import Wired
    from mobilenas.network.layer import Layer

ANCHORS = (2, 3, 4, 6)
"""The numbers of anchors that a map can have: two squares, and two boxes for each of at most two ratios; or three, as
on the first map of the authors' code."""


@dataclass(frozen=True)
class SSDLite(Head):
    """Separable convolutions that predict boxes and scores on the maps of output strides 16, 32 and more.

    Args:
        classes: number of classes of objects; there is one more output, the background
        extras: channels of the maps that are made after the backbone's, each half as large as the one before
        anchors: number of boxes at each place of each map
        act: the activation
        least_scale: side of the anchors of the first map, as a share of the image's; small objects need a smaller one
        most_scale: the same of the last map; the scales of the maps between rise evenly
    """

    name: ClassVar[str] = "ssdlite"
    title: ClassVar[str] = "SSDLite"
    extras: tuple[int, ...] = (512, 256, 256, 128)  # the authors' public code, also that of torchvision
    anchors: tuple[int, ...] = (3, 6, 6, 6, 6, 6)
    act: str = "relu6"
    least_scale: float = 0.2  # this and the next are of MobileNetV2's public code and of torchvision
    most_scale: float = 0.95

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, values in (("extras", self.extras), ("anchors", self.anchors)):
            if not isinstance(values, tuple):
                raise ValueError(f"{self.name}: {name} must be a list of whole numbers, not {shown(values)}.")
        for channels in self.extras:
            check_positive(self.name, extras=channels)
        for count in self.anchors:
            if count not in ANCHORS:
                known = ", ".join(map(str, ANCHORS))
                raise ValueError(f"{self.name}: each of the anchors must be one of {known}, not {shown(count)}.")
        if not 0 < self.least_scale < self.most_scale <= 1:
            raise ValueError(
                f"{self.name}: least_scale must be above 0 and below most_scale, and most_scale at most 1, not"
                f" {shown(self.least_scale)} and {shown(self.most_scale)}."
            )
        if len(self.anchors) != len(self.extras) + 2:
            raise ValueError(
                f"{self.name}: anchors must have a number for each of the {len(self.extras) + 2} maps, not"
                f" {len(self.anchors)} numbers."
            )

    @property
    def outputs(self) -> int:
        """The number of scores of a box: the classes, and the background before them."""
        return self.classes + 1

    def taps(self, layers: Sequence[Layer]) -> tuple[Tap, ...]:
        return before_last_stride(layers), last_map(layers)

    def parts(self, maps: Sequence[Shape], image: Shape) -> Mapping[str, Piece]:
        found, every = dict[str, Piece](), list(maps)
        for number, channels in enumerate(self.extras):
            narrow, extra = Conv(channels // 2, 1, act=self.act), Separable(channels, 2, act=self.act, ends="norm")
            found |= {f"narrow{number}": (narrow, every[-1]), f"extra{number}": (extra, narrow.output(every[-1]))}
            every.append(extra.output(narrow.output(every[-1])))
        for number, (one, count) in enumerate(zip(every, self.anchors, strict=True)):
            found[f"boxes{number}"] = (Separable(4 * count, act=self.act), one)
            found[f"scores{number}"] = (Separable(self.outputs * count, act=self.act), one)
        return found

    def wire(self, parts: Mapping[str, nn.Module]) -> Wired:
        from mobilenas.network.heads.modules import Detector

        return Detector(parts, self.outputs)

    def grids(self, maps: Sequence[Shape]) -> list[tuple[int, int]]:
        """Returns height and width of every map on which boxes are predicted."""
        image = Shape(1, 1, 1)
        parts = self.parts(maps, image)
        return [(shape.height, shape.width) for name, (_, shape) in parts.items() if name.startswith("boxes")]
