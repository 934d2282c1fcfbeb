"""MoGA's layer-wise space: 12 candidates in each of 14 layers on MobileNetV3-Large's skeleton (Table 1, Sec. 4.1)."""

from collections.abc import Sequence

from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape, SqueezeExcite
from mobilenas.search_space.base import LayerwiseSpace
from mobilenas.search_space.sizes import at_size, check_candidates, check_sizes
from mobilenas.settings import Count, Factor, Positive, Share

CANDIDATES = {  # Table 1: expansion ratio, kernel, squeeze-and-excitation
    f"e{expansion}_k{kernel}{'_se' if se else ''}": (expansion, kernel, se)
    for expansion in (3, 6)
    for kernel in (3, 5, 7)
    for se in (False, True)
}

STAGES = (  # MobileNetV3-Large, its Table 1: channels, blocks, stride of the first block, activation
    (24, 2, 2, "relu"),
    (40, 3, 2, "relu"),
    (80, 4, 2, "h_swish"),
    (112, 2, 1, "h_swish"),
    (160, 3, 2, "h_swish"),
)


def moga(
    classes: Positive = 1000,
    resolution: Positive = 224,
    width: Factor = 1.0,
    stages: Positive | None = None,
    blocks: Positive | None = None,
    hidden: Factor = 1.0,
    unstrided: Count = 0,
    dropout: Share = 0.2,
    candidates: Sequence[str] = tuple(CANDIDATES),
) -> LayerwiseSpace:
    """Returns the space at any size.

        >>> from mobilenas.search_space.moga import moga
        >>> space = moga(resolution=224)
        >>> len(space.options), set(space.options)  # 14 choice blocks with 12 candidates each
        (14, {12})
        >>> network = space.network([8, 10, 6, 7, 1, 7, 6, 10, 5, 10, 6, 6, 9, 9])  # MoGA-A
        >>> network.params, network.macs
        (5159802, 304042176)

    Args:
        classes: number of classes
        resolution: side of the image in pixels
        width: multiplies all channels
        stages: number of the first stages to keep; all five by default
        blocks: largest number of blocks in each stage; all by default
        hidden: multiplies the hidden layer of the last stage, which ``width`` does not change
        unstrided: number of the first strided places that get stride 1, for small images
        dropout: dropout before the last layer (Sec. 5.2)
        candidates: names of the candidate operations, ``e3_k5_se`` for expansion 3, kernel 5 and SE

    Raises:
        ValueError: a candidate is unknown, or a number is not above 0
    """
    check_sizes("moga", width, hidden, stages, blocks)
    check_candidates("moga", candidates, CANDIDATES)
    positions: list[tuple[Op, ...]] = [
        (Conv(16, kernel=3, stride=2, act="h_swish"),),
        (MBConv(16, kernel=3),),
    ]
    channels = 16
    for out, depth, first_stride, act in STAGES[:stages]:
        for block in range(min(depth, blocks or depth)):
            stride = first_stride if block == 0 else 1
            positions.append(tuple(_candidate(name, channels, out, stride, act) for name in candidates))
            channels = out
    positions.append((Conv(960, kernel=1, act="h_swish"),))
    positions.append((Classifier(classes, hidden=1280, act="h_swish", hidden_bias=False, dropout=dropout),))
    space = LayerwiseSpace("moga", Shape(3, 224, 224), tuple(positions))
    return at_size(space, resolution, width, hidden, unstrided)


def _candidate(name: str, channels: int, out: int, stride: int, act: str) -> MBConv:
    expansion, kernel, se = CANDIDATES[name]
    return MBConv(
        out,
        kernel,
        stride,
        act,
        expanded=channels * expansion,
        se=SqueezeExcite(act=act) if se else None,
        residual=stride == 1 and channels == out,
    )
