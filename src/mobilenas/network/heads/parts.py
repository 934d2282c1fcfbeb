"""The operations of heads that backbones do not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from mobilenas.ops import Conv, Op, Shape
from mobilenas.ops.features import features_of
from mobilenas.ops.widths import Cut

if TYPE_CHECKING:
    from torch import nn

GATE = "sigmoid"


@dataclass(frozen=True)
class Separable(Op):
    """Depthwise convolution with batch norm and activation, then a 1x1 convolution.

    Args:
        out: channels of the output
        stride: stride of the depthwise convolution
        kernel: side of its kernel
        act: the activation
        ends: whether batch norm and activation follow the 1x1 convolution, or whether it only has a bias
    """

    name: ClassVar[str] = "separable"
    out: int
    stride: int = 1
    kernel: int = 3
    act: str = "relu6"
    ends: Literal["norm", "bias"] = "bias"

    def output(self, input: Shape) -> Shape:
        return input.strided(self.out, self.stride)

    def params(self, input: Shape) -> int:
        return sum(conv.params(shape) for conv, shape in self._convs(input))

    def macs(self, input: Shape) -> int:
        return sum(conv.macs(shape) for conv, shape in self._convs(input))

    def key(self, input: Shape) -> str:
        return f"separable {input} k{self.kernel} s{self.stride} o{self.out} {self.act} {self.ends}"

    def build(self, input: Shape) -> nn.Module:
        from torch import nn

        return nn.Sequential(*(conv.build(shape) for conv, shape in self._convs(input)))

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    def cut(self, input: Shape) -> Cut:
        return Cut((("", "input"), ("input", "output")))

    def _convs(self, input: Shape) -> tuple[tuple[Conv, Shape], tuple[Conv, Shape]]:
        channels = input.channels
        depthwise = Conv(channels, self.kernel, self.stride, self.act, channels)
        bare = self.ends == "bias"
        point = Conv(self.out, 1, act="none" if bare else self.act, norm=not bare, bias=bare)
        return (depthwise, input), (point, depthwise.output(input))


@dataclass(frozen=True)
class Resize(Op):
    """Bilinear interpolation to another height and width; a pixel is a square, not a point.

    Args:
        height: height of the output
        width: width of the output
    """

    name: ClassVar[str] = "resize"
    carries: ClassVar[bool] = True
    height: int
    width: int

    def output(self, input: Shape) -> Shape:
        return Shape(input.channels, self.height, self.width)

    def params(self, input: Shape) -> int:
        return 0

    def macs(self, input: Shape) -> int:
        return 0

    def key(self, input: Shape) -> str:
        return f"resize {input} {self.height}x{self.width}"

    def build(self, input: Shape) -> nn.Module:
        from mobilenas.network.heads.modules import Bilinear

        return Bilinear(self.height, self.width)

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)


@dataclass(frozen=True)
class Branches(Op):
    """The two branches of R-ASPP and of LR-ASPP, and what joins them.

    The first branch is a 1x1 convolution. The second one pools the map and has a 1x1 convolution, too. R-ASPP
    (MobileNetV2, Sec. 6.3) joins them by a third one on both; in LR-ASPP (MobileNetV3, Sec. 6.4) the second is a gate,
    as in squeeze-and-excitation.

    Args:
        out: channels of the branches and of the output
        gated: whether the second branch is a gate
        act: the activation
    """

    name: ClassVar[str] = "aspp"
    out: int
    gated: bool
    act: str = "relu"

    def output(self, input: Shape) -> Shape:
        return Shape(self.out, input.height, input.width)

    def params(self, input: Shape) -> int:
        return sum(conv.params(shape) for conv, shape in self._convs(input))

    def macs(self, input: Shape) -> int:
        return sum(conv.macs(shape) for conv, shape in self._convs(input))

    def key(self, input: Shape) -> str:
        return f"aspp {input} o{self.out} {'gate' if self.gated else 'concat'} {self.act}"

    def build(self, input: Shape) -> nn.Module:
        from mobilenas.network.heads.modules import Concatenated, Gated

        parts = [conv.build(shape) for conv, shape in self._convs(input)]
        if self.gated:
            return Gated(*parts)
        return Concatenated(*parts, height=input.height, width=input.width)

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    def cut(self, input: Shape) -> Cut:
        """The branches read the input; what joins them reads the branches alone, whose channels stay."""
        if self.gated:
            return Cut((("input", "output"), ("input", "output")))
        return Cut((("input", "output"), ("input", "output"), ("", "output")))

    def _convs(self, input: Shape) -> tuple[tuple[Conv, Shape], ...]:
        pooled, branch = Shape(input.channels, 1, 1), Conv(self.out, 1, act=self.act)
        if self.gated:
            return (branch, input), (Conv(self.out, 1, act=GATE, norm=False), pooled)
        both = Shape(2 * self.out, input.height, input.width)
        return (branch, input), (branch, pooled), (branch, both)


def predictor(out: int) -> Conv:
    """Returns the 1x1 convolution to the outputs."""
    return Conv(out, 1, act="none", norm=False, bias=True)
