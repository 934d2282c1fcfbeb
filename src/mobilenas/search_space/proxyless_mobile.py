"""ProxylessNAS's layer-wise space on MobileNetV2's skeleton: 6 candidates in a layer, and skipped blocks (Sec. 4.2)."""

from collections.abc import Sequence

from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Op, Resolution, Shape, Skip, make_divisible
from mobilenas.search_space.choice_blocks import LayerwiseSpace
from mobilenas.search_space.settings import Place, SkeletonSettings, StageRow, check_names
from mobilenas.settings import Channels, Share, settings

CANDIDATES = {  # Sec. 4.2: expansion ratio, kernel
    f"e{expansion}_k{kernel}": (expansion, kernel) for expansion in (3, 6) for kernel in (3, 5, 7)
}

WIDTHS = (24, 40, 80, 96, 192, 320)  # the authors' search code; their Fig. 6(c) and released model begin with 32
STAGES = ((4, 2), (4, 2), (4, 2), (4, 1), (4, 2), (1, 1))  # the same: blocks, stride of the first block
NORM = BatchNorm(eps=1e-3, momentum=0.1)  # the authors' configurations; the paper is silent


@settings
class ProxylessMobile(SkeletonSettings):
    """ProxylessNAS's space for mobile networks.

    A block with a residual connection has one more candidate, the last: the zero operation, which leaves only the
    shortcut, so that the block is skipped. A ``width`` below 1 does not change the last convolution.

    Args:
        dropout: dropout before the last layer
        widths: channels of each stage
        candidates: names of the candidate operations, ``e3_k5`` for expansion 3 and kernel 5
    """

    dropout: Share = 0.0
    widths: tuple[Channels, ...] = WIDTHS
    candidates: tuple[str, ...] = tuple(CANDIDATES)

    def __post_init__(self) -> None:
        check_names(self, "candidates", self.candidates, CANDIDATES)
        if len(self.widths) != len(STAGES):
            raise ValueError(
                f"ProxylessMobile: widths must be {len(STAGES)} numbers of channels, not {list(self.widths)}."
            )

    def space(self, classes: int = 1000, resolution: Resolution = 224) -> LayerwiseSpace:
        positions: list[tuple[Op, ...]] = [
            (Conv(32, kernel=3, stride=2, act="relu6"),),
            (MBConv(16, kernel=3, act="relu6"),),
        ]
        rows = [StageRow(width, *row, "relu6") for width, row in zip(self.widths, STAGES, strict=True)]
        positions += [_choice_block(place, self.candidates) for place in self.places(16, rows)]
        positions.append((Conv(make_divisible(1280 * self.hidden, 8), kernel=1, act="relu6", scaling="up_only"),))
        positions.append((Classifier(classes, dropout=self.dropout),))
        space = LayerwiseSpace("proxyless_mobile", Shape(3, 224, 224), tuple(positions), NORM)
        return self.at_size(space, resolution)


def _choice_block(place: Place, names: Sequence[str]) -> tuple[Op, ...]:
    blocks = [
        MBConv(
            place.out, kernel, place.stride, place.act, expanded=place.channels * expansion, residual=place.keeps_shape
        )
        for expansion, kernel in (CANDIDATES[name] for name in names)
    ]
    return (*blocks, Skip()) if place.keeps_shape else tuple(blocks)
