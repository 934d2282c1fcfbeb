"""FBNet's layer-wise space: 9 candidate blocks in each of 22 layers (Tables 1 and 2)."""

from collections.abc import Sequence

from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Op, Shape, Skip, make_divisible
from mobilenas.search_space.base import LayerwiseSpace
from mobilenas.search_space.sizes import at_size, check_candidates, check_sizes
from mobilenas.settings import Count, Factor, Positive, Share

STAGES = (  # Table 1: channels f, blocks n, stride s of the first block
    (16, 1, 1), (24, 4, 2), (32, 4, 2), (64, 4, 2), (112, 4, 1), (184, 4, 2), (352, 1, 1),
)  # fmt: skip

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


def fbnet(
    classes: Positive = 1000,
    resolution: Positive = 224,
    width: Factor = 1.0,
    stages: Positive | None = None,
    blocks: Positive | None = None,
    hidden: Factor = 1.0,
    unstrided: Count = 0,
    dropout: Share = 0.2,
    last: Positive = 1984,
    candidates: Sequence[str] = CANDIDATES,
) -> LayerwiseSpace:
    """Returns the space at any size; Table 4 has pairs of resolution and width.

    If a layer changes its input's shape, ``skip`` cannot return the input. There it is a 1x1 convolution with the
    layer's stride, batch norm and ReLU, as in the authors' later code, so that each of the 22 layers has 9 candidates.

    Args:
        classes: number of classes
        resolution: side of the image in pixels
        width: multiplies all channels
        stages: number of the first stages to keep; all seven by default
        blocks: largest number of blocks in each stage; all by default
        hidden: multiplies the channels of the last convolution, which a ``width`` below 1 does not change; this gives
            the parameters of Table 4
        unstrided: number of the first strided places that get stride 1, for small images
        dropout: dropout before the last layer (Appendix A)
        last: channels of the last convolution, 1504 for FBNet-A and 1984 for FBNet-B and FBNet-C
        candidates: names of the candidate operations, ``k5_e3`` for kernel 5 and expansion 3

    Raises:
        ValueError: a candidate is unknown, or a number is out of its range
    """
    check_sizes("fbnet", width, hidden, stages, blocks)
    check_candidates("fbnet", candidates, CANDIDATES)
    positions: list[tuple[Op, ...]] = [(Conv(16, kernel=3, stride=2),)]
    channels = 16
    for out, depth, first_stride in STAGES[:stages]:
        for block in range(min(depth, blocks or depth)):
            stride = first_stride if block == 0 else 1
            positions.append(tuple(_candidate(name, channels, out, stride) for name in candidates))
            channels = out
    positions.append((Conv(make_divisible(last * hidden, 8), kernel=1, scaling="up_only"),))
    positions.append((Classifier(classes, dropout=dropout),))
    space = LayerwiseSpace("fbnet", Shape(3, 224, 224), tuple(positions), NORM)
    return at_size(space, resolution, width, hidden, unstrided)


def _candidate(name: str, channels: int, out: int, stride: int) -> Op:
    residual = stride == 1 and channels == out
    if name == SKIP:
        return Skip() if residual else Conv(out, kernel=1, stride=stride)
    kernel, expansion, groups = BLOCKS[name]
    return MBConv(out, kernel, stride, expanded=channels * expansion, residual=residual, groups=groups)
