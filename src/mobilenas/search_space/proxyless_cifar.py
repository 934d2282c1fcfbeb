"""ProxylessNAS's tree-structured space on PyramidNet for CIFAR-10 (Sec. 4.1, Appendix A)."""

from mobilenas.ops import Classifier, Conv, Norm, Op, Resolution, Shape, TreeBlock
from mobilenas.search_space.choice_blocks import LayerwiseSpace
from mobilenas.search_space.settings import SpaceSettings
from mobilenas.settings import Blocks, Channels, Share, settings

STAGES = 3
STEM = 16  # PyramidNet's
BOTTLENECK = 4  # PyramidNet's: channels of a block over those within it


@settings
class ProxylessCifar(SpaceSettings):
    """12 decisions of 7 operations in each of 3 x ``blocks`` blocks, whose channels grow evenly.

    Args:
        blocks: number of blocks of each stage, the paper's B
        channels: channels of the last block, the paper's F
        dropout: dropout before the last layer
    """

    blocks: Blocks = 18
    channels: Channels = 400
    dropout: Share = 0.0

    def __post_init__(self) -> None:
        if self.channels < STEM:
            raise ValueError(
                f"ProxylessCifar: channels must be {STEM} or more, the number of the first layer, not {self.channels}."
            )

    def space(self, classes: int = 10, resolution: Resolution = 32) -> LayerwiseSpace:
        total = STAGES * self.blocks
        positions: list[tuple[Op, ...]] = [(Conv(STEM, kernel=3, act="none"),)]
        for block in range(total):
            out = round(STEM + (self.channels - STEM) * (block + 1) / total)
            stride = 2 if block and block % self.blocks == 0 else 1
            positions.append((TreeBlock(out, max(1, round(out / BOTTLENECK)), stride=stride),))
        positions += [(Norm(),), (Classifier(classes, dropout=self.dropout),)]
        return LayerwiseSpace("proxyless_cifar", Shape.image(resolution), tuple(positions))
