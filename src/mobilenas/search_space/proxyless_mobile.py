"""ProxylessNAS's layer-wise space on MobileNetV2's skeleton: 6 candidates in a layer, and skipped blocks (Sec. 4.2)."""

from collections.abc import Sequence

from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Op, Shape, Skip, make_divisible
from mobilenas.search_space.base import LayerwiseSpace
from mobilenas.search_space.sizes import at_size, check_candidates, check_sizes
from mobilenas.settings import Count, Factor, Positive, Share

CANDIDATES = {  # Sec. 4.2: expansion ratio, kernel
    f"e{expansion}_k{kernel}": (expansion, kernel) for expansion in (3, 6) for kernel in (3, 5, 7)
}

WIDTHS = (24, 40, 80, 96, 192, 320)  # the authors' search code; their Fig. 6(c) and released model begin with 32
STAGES = ((4, 2), (4, 2), (4, 2), (4, 1), (4, 2), (1, 1))  # the same: blocks, stride of the first block
NORM = BatchNorm(eps=1e-3, momentum=0.1)  # the authors' configurations; the paper is silent


def proxyless_mobile(
    classes: Positive = 1000,
    resolution: Positive = 224,
    width: Factor = 1.0,
    stages: Positive | None = None,
    blocks: Positive | None = None,
    hidden: Factor = 1.0,
    unstrided: Count = 0,
    dropout: Share = 0.0,
    widths: Sequence[int] = WIDTHS,
    candidates: Sequence[str] = tuple(CANDIDATES),
) -> LayerwiseSpace:
    """Returns the space at any size.

    A block with a residual connection has one more candidate, the last: the zero operation, which leaves only the
    shortcut, so that the block is skipped.

    Args:
        classes: number of classes
        resolution: side of the image in pixels
        width: multiplies all channels
        stages: number of the first stages to keep; all six by default
        blocks: largest number of blocks in each stage; all by default
        hidden: multiplies the channels of the last convolution, which a ``width`` below 1 does not change
        unstrided: number of the first strided places that get stride 1, for small images
        dropout: dropout before the last layer
        widths: channels of each stage
        candidates: names of the candidate operations, ``e3_k5`` for expansion 3 and kernel 5

    Raises:
        ValueError: a candidate is unknown, or a number is out of its range
    """
    check_sizes("proxyless_mobile", width, hidden, stages, blocks)
    check_candidates("proxyless_mobile", candidates, CANDIDATES)
    if len(widths) != len(STAGES):
        raise ValueError(f"proxyless_mobile: widths must be {len(STAGES)} numbers of channels, not {list(widths)}.")
    positions: list[tuple[Op, ...]] = [
        (Conv(32, kernel=3, stride=2, act="relu6"),),
        (MBConv(16, kernel=3, act="relu6"),),
    ]
    channels = 16
    for out, (depth, first_stride) in list(zip(widths, STAGES, strict=True))[:stages]:
        for block in range(min(depth, blocks or depth)):
            positions.append(_choice_block(candidates, channels, out, first_stride if block == 0 else 1))
            channels = out
    positions.append((Conv(make_divisible(1280 * hidden, 8), kernel=1, act="relu6", scaling="up_only"),))
    positions.append((Classifier(classes, dropout=dropout),))
    space = LayerwiseSpace("proxyless_mobile", Shape(3, 224, 224), tuple(positions), NORM)
    return at_size(space, resolution, width, hidden, unstrided)


def _choice_block(names: Sequence[str], channels: int, out: int, stride: int) -> tuple[Op, ...]:
    residual = stride == 1 and channels == out
    blocks = [
        MBConv(out, kernel, stride, "relu6", expanded=channels * expansion, residual=residual)
        for expansion, kernel in (CANDIDATES[name] for name in names)
    ]
    return (*blocks, Skip()) if residual else tuple(blocks)
