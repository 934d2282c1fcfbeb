"""MnasNet's regular convolution: with squeeze-and-excitation and a skip path, where a layer's operation is searched."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from torch import nn

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op, Shape, construct, make_divisible
from mobilenas.ops.conv import Conv
from mobilenas.ops.residual import Shortcut, check_shortcut, check_shortcut_fits, with_shortcut
from mobilenas.ops.squeeze_excite import SqueezeExcite
from mobilenas.settings.checks import check_odd, check_positive


@dataclass(frozen=True)
class ConvBlock(Op):
    """``kernel x kernel`` convolution with batch norm and activation, optional SE, optional skip path.

    Args:
        out: channels of the output
        kernel: side of the kernel
        stride: of the convolution
        act: activation
        se: squeeze-and-excitation after it
        residual: the input is added to the output
        shortcut: what becomes of the input on its way there
    """

    name: ClassVar[str] = "conv_block"
    out: int
    kernel: int
    stride: int = 1
    act: str = "relu"
    se: SqueezeExcite | None = None
    residual: bool = False
    shortcut: Shortcut = "identity"

    def __post_init__(self) -> None:
        check_positive(self.name, out=self.out, stride=self.stride)
        check_odd(self.name, kernel=self.kernel)
        check_activation(self.name, self.act)
        check_shortcut(self.name, self.residual, self.shortcut)

    def output(self, input: Shape) -> Shape:
        output = input.strided(self.out, self.stride)
        if self.residual:
            check_shortcut_fits(self.name, self.shortcut, input, output)
        return output

    def params(self, input: Shape) -> int:
        return self._conv.params(input) + (self.se.params(input.channels, self.out) if self.se else 0)

    def macs(self, input: Shape) -> int:
        return self._conv.macs(input) + (self.se.macs(input.channels, self.out) if self.se else 0)

    def key(self, input: Shape) -> str:
        se = self.se.key(input.channels, self.out) if self.se else "-"
        skip = self.shortcut if self.residual else "-"
        return f"conv_block {input} k{self.kernel} s{self.stride} o{self.out} {self.act} {se} {skip}"

    def build(self, input: Shape) -> nn.Module:
        self.output(input)
        parts: list[nn.Module] = [self._conv.build(input)]
        if self.se:
            parts.append(self.se.build(input.channels, self.out))
        return with_shortcut(parts, self.residual, self.shortcut, self.stride)

    def scaled(self, width: float, old: Shape, new: Shape) -> "ConvBlock":
        return replace(self, out=make_divisible(self.out * width, 8))

    @classmethod
    def parse(cls, fields: Mapping[str, Any], input: Shape) -> Self:
        return construct(cls, cls.name, SqueezeExcite.parsed(fields))

    @property
    def _conv(self) -> Conv:
        return Conv(self.out, self.kernel, self.stride, self.act)
