"""MnasNet's regular convolution: with squeeze-and-excitation and a skip path, where a layer's operation is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op
from mobilenas.ops.construct import construct
from mobilenas.ops.conv import Conv
from mobilenas.ops.features import features_of
from mobilenas.ops.look import Look, label_of
from mobilenas.ops.mbconv import MBConv
from mobilenas.ops.residual import Shortcut, check_shortcut, check_shortcut_fits
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.squeeze_excite import SqueezeExcite
from mobilenas.ops.widths import Cut, Widths, squeeze_axes
from mobilenas.settings.checks import check_odd, check_positive

if TYPE_CHECKING:
    from torch import nn


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
        dilation: of the convolution
    """

    name: ClassVar[str] = "conv_block"
    out: int
    kernel: int
    stride: int = 1
    act: str = "relu"
    se: SqueezeExcite | None = None
    residual: bool = False
    shortcut: Shortcut = "identity"
    dilation: int = 1

    def __post_init__(self) -> None:
        check_positive(self.name, out=self.out, stride=self.stride, dilation=self.dilation)
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
        dilation = f" d{self.dilation}" if self.dilation > 1 else ""
        return f"conv_block {input} k{self.kernel} s{self.stride} o{self.out} {self.act} {se} {skip}{dilation}"

    def build(self, input: Shape) -> nn.Module:
        from mobilenas.ops.modules import with_shortcut

        self.output(input)
        parts: list[nn.Module] = [self._conv.build(input)]
        if self.se:
            parts.append(self.se.build(input.channels, self.out))
        return with_shortcut(parts, self.residual, self.shortcut, self.stride)

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        return replace(self, out=make_divisible(self.out * width, 8))

    def dilated(self, dilation: int) -> Self:
        return self if self.kernel == 1 else replace(self, dilation=dilation)

    def unstrided(self) -> Self:
        return replace(self, stride=1)

    def with_activation(self, act: str) -> Self:
        return self if self.act == "none" else replace(self, act=act)

    def with_se(self, se: SqueezeExcite) -> Self:
        return replace(self, se=se)

    def with_fitting_residual(self, input: Shape) -> Self:
        alone = replace(self, residual=False, shortcut="identity")
        return replace(alone, residual=alone.output(input) == input)

    def as_bottleneck(self, expansion: int, kernel: int, input: Shape) -> MBConv:
        block = MBConv(self.out, kernel, self.stride, self.act, expanded=expansion * input.channels)
        return replace(block, residual=self.residual, shortcut=self.shortcut)

    def widths(self) -> Widths:
        return Widths(any_input=True, tied=self.residual, bottleneck=True)

    def with_output(self, channels: int) -> Self:
        return replace(self, out=channels)

    def cut(self, input: Shape) -> Cut:
        if not self.se:
            return Cut((("input", "output"),))
        axes = ("input", "output"), *squeeze_axes("output")
        return Cut(axes, {"squeeze": self.se.squeeze(input.channels, self.out)})

    def variants(self, kernels: Sequence[int], expansions: Sequence[float], input: Shape) -> tuple[Self, ...]:
        return tuple(sorted({self, *(replace(self, kernel=kernel) for kernel in kernels)}, key=lambda one: one.kernel))

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    def look(self, input: Shape) -> Look:
        return Look(label_of("conv", f"K{self.kernel}", has_se=bool(self.se)), has_se=bool(self.se))

    @classmethod
    def parse(cls, fields: Mapping[str, object], input: Shape) -> Self:
        return construct(cls, cls.name, SqueezeExcite.parsed(fields))

    @property
    def _conv(self) -> Conv:
        return Conv(self.out, self.kernel, self.stride, self.act, dilation=self.dilation)
