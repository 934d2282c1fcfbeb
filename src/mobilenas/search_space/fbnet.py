"""FBNet's layer-wise space: 9 candidate blocks in each of 22 layers (Tables 1 and 2)."""

from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Op, Resolution, Shape, Skip, make_divisible
from mobilenas.search_space.choice_blocks import LayerwiseSpace
from mobilenas.search_space.settings import Place, SkeletonSettings, StageRow, check_names
from mobilenas.settings import Channels, settings

ROWS = (  # Table 1: channels f, blocks n, stride s of the first block
    StageRow(16, 1, 1),
    StageRow(24, 4, 2),
    StageRow(32, 4, 2),
    StageRow(64, 4, 2),
    StageRow(112, 4, 1),
    StageRow(184, 4, 2),
    StageRow(352, 1, 1),
)

BLOCKS = {  # Table 2: kernel, expansion ratio, groups of both 1x1 convolutions
    "k3_e1": (3, 1, 1),
    "k3_e1_g2": (3, 1, 2),
    "k3_e3": (3, 3, 1),
    "k3_e6": (3, 6, 1),
    "k5_e1": (5, 1, 1),
    "k5_e1_g2": (5, 1, 2),
    "k5_e3": (5, 3, 1),
    "k5_e6": (5, 6, 1),
}
SKIP = "skip"
CANDIDATES = (*BLOCKS, SKIP)
NORM = BatchNorm(eps=1e-5, momentum=0.1)  # the paper is silent, and its released graphs have it folded


@settings
class FBNet(SkeletonSettings):
    """FBNet's space; Table 4 has pairs of resolution and width, and its dropout is given in Appendix A.

    If a layer changes its input's shape, ``skip`` cannot return the input. There it is a 1x1 convolution with the
    layer's stride, batch norm and ReLU, as in the authors' later code, so that each of the 22 layers has 9 candidates.
    A ``width`` below 1 does not change the last convolution. With ``last`` 1504, Table 4's parameters are possible.

    Args:
        last: channels of the last convolution, 1504 for FBNet-A and 1984 for FBNet-B and FBNet-C
        candidates: names of the candidate operations, ``k5_e3`` for kernel 5 and expansion 3
    """

    last: Channels = 1984
    candidates: tuple[str, ...] = CANDIDATES

    def __post_init__(self) -> None:
        check_names(self, "candidates", self.candidates, CANDIDATES)

    def space(self, classes: int = 1000, resolution: Resolution = 224) -> LayerwiseSpace:
        positions: list[tuple[Op, ...]] = [(Conv(16, kernel=3, stride=2),)]
        for place in self.places(16, ROWS):
            positions.append(tuple(_candidate(place, name) for name in self.candidates))
        positions.append((Conv(make_divisible(self.last * self.hidden, 8), kernel=1, scaling="up_only"),))
        positions.append((Classifier(classes, dropout=self.dropout),))
        return self.at_size(LayerwiseSpace("fbnet", Shape(3, 224, 224), tuple(positions), NORM), resolution)


def _candidate(place: Place, name: str) -> Op:
    if name == SKIP:
        return Skip() if place.keeps_shape else Conv(place.out, kernel=1, stride=place.stride)
    kernel, expansion, groups = BLOCKS[name]
    expanded = place.channels * expansion
    return MBConv(place.out, kernel, place.stride, expanded=expanded, residual=place.keeps_shape, groups=groups)
