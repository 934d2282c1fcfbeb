"""MnasNet's factorized hierarchical space on MobileNetV2's skeleton (Sec. 4.1), or a small one."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Literal

from mobilenas.ops import (
    BatchNorm,
    Classifier,
    Conv,
    ConvBlock,
    MBConv,
    Op,
    Resolution,
    Shape,
    SqueezeExcite,
    make_divisible,
)
from mobilenas.ops.residual import Shortcut
from mobilenas.search_space.blocks import Block, BlockSpace
from mobilenas.search_space.settings import SkeletonSettings, check_names
from mobilenas.settings import settings

SKELETONS = MappingProxyType(  # channels c, layers n, stride s of the first layer
    {
        "mobilenet_v2": (  # its Table 2
            (16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1),
        ),
        "mobilenet_v3_small": (  # its Table 2, and a last block of twice the channels, as in MobileNetV2 and MnasNet-A1
            (16, 1, 2), (24, 2, 2), (40, 3, 2), (48, 2, 1), (96, 3, 2), (192, 1, 1),
        ),
    }
)  # fmt: skip

CONVS = ("conv", "dconv", "mbconv3", "mbconv6")  # the size S = 432 needs four; 3 and 6 are the expansions of Fig. 7
KERNELS = ("k3", "k5")
SES = ("se0", "se0.25")
SKIPS = ("none", "identity", "pooling")
FILTERS = (0.75, 1.0, 1.25)  # times those of the skeleton
LAYERS = (-1, 0, 1)  # beside those of the skeleton
NORM = BatchNorm(eps=1e-3, momentum=0.01)  # decay .99 (Sec. 5); epsilon of the authors' code


@settings
class MnasNet(SkeletonSettings):
    """MnasNet's space: seven blocks with 432 options each; its dropout is given in Sec. 5.

    A layer has a skip path only if its shapes allow it: identity if the shape does not change, pooling if the channels
    do not change. A block of one layer with stride 1 is left out if it gets one layer less; a block with a stride keeps
    at least one layer. At a width of 1 the filters are the exact products of the factors, for example 18 for .75 of 24;
    at another width they are made even.

    Here ``stages`` is the number of the paper's blocks to keep, and ``blocks`` is the largest number of layers that the
    skeleton gives a block, before the search adds or removes one.

    Args:
        factorized: whether the layers of a block are equal; otherwise each layer is searched separately
        convs: names of the operations, ``mbconv6`` for an inverted bottleneck of expansion 6
        kernels: names of the kernels
        ses: names of the squeeze-and-excitation ratios
        skips: names of the skip paths
        skeleton: the blocks vary its filters, layers and strides; the skeleton of MobileNetV3's search for small models
            is not published, so ``mobilenet_v3_small`` is here the network that this search found
    """

    factorized: bool = True
    convs: tuple[str, ...] = CONVS
    kernels: tuple[str, ...] = KERNELS
    ses: tuple[str, ...] = SES
    skips: tuple[str, ...] = SKIPS
    skeleton: Literal["mobilenet_v2", "mobilenet_v3_small"] = "mobilenet_v2"

    def __post_init__(self) -> None:
        check_names(self, "convs", self.convs, CONVS)
        check_names(self, "kernels", self.kernels, KERNELS)
        check_names(self, "ses", self.ses, SES)
        check_names(self, "skips", self.skips, SKIPS)

    def space(self, classes: int = 1000, resolution: Resolution = 224) -> BlockSpace:
        rows = SKELETONS[self.skeleton]
        strides = [2, *(stride for _, _, stride in rows)]
        for _ in range(self.unstrided):
            if 2 in strides:
                strides[strides.index(2)] = 1
        varied = (
            self._block(channels, min(depth, self.blocks or depth), stride)
            for (channels, depth, _), stride in zip(rows[: self.stages], strides[1:], strict=False)
        )
        last = make_divisible(1280 * self.hidden, 8)
        return BlockSpace(
            "mnasnet" if self.factorized else "mnasnet_flat",
            Shape.image(resolution),
            (Conv(_scaled(32, self.width), kernel=3, stride=strides[0]),),
            tuple(varied),
            (Conv(last, kernel=1, scaling="fixed"), Classifier(classes, dropout=self.dropout)),
            (self.convs, self.kernels, self.ses, self.skips),
            _layer,
            self.factorized,
            NORM,
            self.padding,
        )

    def _block(self, channels: int, depth: int, stride: int) -> Block:
        filters = (_scaled(channels * factor, self.width) for factor in FILTERS)
        layers = (max(int(stride > 1), depth + more) for more in LAYERS)
        return Block(tuple(dict.fromkeys(filters)), tuple(dict.fromkeys(layers)), stride)


def _layer(names: Sequence[str], channels: int, out: int, stride: int) -> Op:
    conv, kernel, ratio, skip = names
    side = int(kernel[1:])
    se = SqueezeExcite(of="input", ratio=float(ratio[2:]), gate="sigmoid") if ratio != "se0" else None
    alike = channels == out and (stride == 1 or skip == "pooling")
    residual = skip != "none" and alike
    shortcut: Shortcut = "pooling" if skip == "pooling" and alike else "identity"
    if conv == "conv":
        return ConvBlock(out, side, stride, se=se, residual=residual, shortcut=shortcut)
    expanded = None if conv == "dconv" else channels * int(conv.removeprefix("mbconv"))
    return MBConv(out, side, stride, expanded=expanded, se=se, residual=residual, shortcut=shortcut)


def _scaled(channels: float, width: float) -> int:
    return make_divisible(channels * width, 1 if width == 1 else 2)
