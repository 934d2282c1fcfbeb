"""ProxylessNAS's tree-structured space on PyramidNet for CIFAR-10 (Sec. 4.1, Appendix A)."""

from mobilenas.ops import Classifier, Conv, Norm, Op, Shape, TreeBlock
from mobilenas.search_space.base import LayerwiseSpace
from mobilenas.settings import Positive, Share
from mobilenas.settings.checks import check_positive

STAGES = 3
STEM = 16  # PyramidNet's
BOTTLENECK = 4  # PyramidNet's: channels of a block over those within it


def proxyless_cifar(
    classes: Positive = 10,
    resolution: Positive = 32,
    blocks: Positive = 18,
    channels: Positive = 400,
    dropout: Share = 0.0,
) -> LayerwiseSpace:
    """Returns the space: 12 decisions of 7 operations in each of 3 x ``blocks`` blocks, whose channels grow evenly.

    Args:
        classes: number of classes
        resolution: side of the image in pixels
        blocks: number of blocks of each stage, the paper's B
        channels: channels of the last block, the paper's F
        dropout: dropout before the last layer

    Raises:
        ValueError: a number is out of its range
    """
    check_positive("proxyless_cifar", resolution=resolution, blocks=blocks, channels=channels)
    if channels < STEM:
        raise ValueError(
            f"proxyless_cifar: channels must be {STEM} or more, the number of the first layer, not {channels}."
        )
    total = STAGES * blocks
    positions: list[tuple[Op, ...]] = [(Conv(STEM, kernel=3, act="none"),)]
    for block in range(total):
        out = round(STEM + (channels - STEM) * (block + 1) / total)
        stride = 2 if block and block % blocks == 0 else 1
        positions.append((TreeBlock(out, max(1, round(out / BOTTLENECK)), stride=stride),))
    positions += [(Norm(),), (Classifier(classes, dropout=dropout),)]
    return LayerwiseSpace("proxyless_cifar", Shape(3, resolution, resolution), tuple(positions))
