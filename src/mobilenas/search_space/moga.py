"""MoGA's layer-wise space: 12 candidates in each of 14 layers on MobileNetV3-Large's skeleton (Table 1, Sec. 4.1)."""

from mobilenas.ops import Classifier, Conv, MBConv, Op, Resolution, Shape, SqueezeExcite
from mobilenas.search_space.choice_blocks import LayerwiseSpace
from mobilenas.search_space.settings import Place, SkeletonSettings, StageRow, check_names
from mobilenas.settings import settings

CANDIDATES = {  # Table 1: expansion ratio, kernel, squeeze-and-excitation
    f"e{expansion}_k{kernel}{'_se' if se else ''}": (expansion, kernel, se)
    for expansion in (3, 6)
    for kernel in (3, 5, 7)
    for se in (False, True)
}

ROWS = (  # MobileNetV3-Large, its Table 1
    StageRow(24, 2, 2, "relu"),
    StageRow(40, 3, 2, "relu"),
    StageRow(80, 4, 2, "h_swish"),
    StageRow(112, 2, 1, "h_swish"),
    StageRow(160, 3, 2, "h_swish"),
)


@settings
class MoGA(SkeletonSettings):
    """MoGA's space; its dropout is given in Sec. 5.2.

        >>> from mobilenas.search_space import MoGA
        >>> space = MoGA().space(classes=1000, resolution=224)
        >>> len(space.options), set(space.options)  # 14 choice blocks with 12 candidates each
        (14, {12})
        >>> network = space.network([8, 10, 6, 7, 1, 7, 6, 10, 5, 10, 6, 6, 9, 9])  # MoGA-A
        >>> network.params, network.macs
        (5159802, 304042176)

    Args:
        candidates: names of the candidate operations, ``e3_k5_se`` for expansion 3, kernel 5 and SE
    """

    candidates: tuple[str, ...] = tuple(CANDIDATES)

    def __post_init__(self) -> None:
        check_names(self, "candidates", self.candidates, CANDIDATES)

    def space(self, classes: int = 1000, resolution: Resolution = 224) -> LayerwiseSpace:
        positions: list[tuple[Op, ...]] = [
            (Conv(16, kernel=3, stride=2, act="h_swish"),),
            (MBConv(16, kernel=3),),
        ]
        for place in self.places(16, ROWS):
            positions.append(tuple(_candidate(place, *CANDIDATES[name]) for name in self.candidates))
        positions.append((Conv(960, kernel=1, act="h_swish"),))
        positions.append((Classifier(classes, 1280, "h_swish", hidden_bias=False, dropout=self.dropout),))
        return self.at_size(LayerwiseSpace("moga", Shape(3, 224, 224), tuple(positions)), resolution)


def _candidate(place: Place, expansion: int, kernel: int, se: bool) -> MBConv:
    return MBConv(
        place.out,
        kernel,
        place.stride,
        place.act,
        expanded=place.channels * expansion,
        se=SqueezeExcite(act=place.act) if se else None,
        residual=place.keeps_shape,
    )
