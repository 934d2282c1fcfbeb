"""R-ASPP (MobileNetV2) and LR-ASPP (MobileNetV3, Sec. 6.4 and Fig. 10), the heads of segmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mobilenas.network.heads.base import Head
from mobilenas.network.heads.parts import Branches, Resize, predictor
from mobilenas.network.taps import Tap, first_map, last_map
from mobilenas.ops import Shape
from mobilenas.ops.base import Piece
from mobilenas.settings.checks import check_positive

if TYPE_CHECKING:
    from torch import nn

    from mobilenas.network.heads.modules import Wired
    from mobilenas.network.layer import Layer

LOW_STRIDE = 8  # Fig. 10


@dataclass(frozen=True)
class RASPP(Head):
    """Reduced atrous spatial pyramid pooling: two branches on the last map, then the classes.

    Args:
        classes: number of classes
        filters: channels of the branches, F in Table 7
        act: the activation
    """

    name: ClassVar[str] = "r_aspp"
    title: ClassVar[str] = "R-ASPP"
    filters: int = 256
    act: str = "relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self.name, filters=self.filters)

    def taps(self, layers: Sequence[Layer]) -> tuple[Tap, ...]:
        return (last_map(layers),)

    def parts(self, maps: Sequence[Shape], image: Shape) -> Mapping[str, Piece]:
        aspp, classes = Branches(self.filters, gated=False, act=self.act), predictor(self.classes)
        inner = aspp.output(maps[0])
        resize = Resize(image.height, image.width)
        return {"aspp": (aspp, maps[0]), "high": (classes, inner), "image": (resize, classes.output(inner))}

    def wire(self, parts: Mapping[str, nn.Module]) -> Wired:
        from mobilenas.network.heads.modules import Segmenter

        return Segmenter(parts)


@dataclass(frozen=True)
class LRASPP(RASPP):
    """Lite R-ASPP: the pooled branch is a gate, and the classes are also predicted from a map of output stride 8.

    Args:
        classes: number of classes
        filters: channels of the branches, F in Table 7
        act: the activation
    """

    name: ClassVar[str] = "lr_aspp"
    title: ClassVar[str] = "LR-ASPP"
    filters: int = 128

    def taps(self, layers: Sequence[Layer]) -> tuple[Tap, ...]:
        return first_map(layers, LOW_STRIDE), last_map(layers)

    def parts(self, maps: Sequence[Shape], image: Shape) -> Mapping[str, Piece]:
        low, high = maps
        aspp, classes = Branches(self.filters, gated=True, act=self.act), predictor(self.classes)
        spread = Resize(low.height, low.width)
        inner = aspp.output(high)
        wide = spread.output(inner)
        resize = Resize(image.height, image.width)
        return {
            "aspp": (aspp, high),
            "spread": (spread, inner),
            "high": (classes, wide),
            "low": (classes, low),
            "image": (resize, classes.output(wide)),
        }

    def wire(self, parts: Mapping[str, nn.Module]) -> Wired:
        from mobilenas.network.heads.modules import LiteSegmenter

        return LiteSegmenter(parts)
