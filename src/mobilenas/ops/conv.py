"""Convolution with batch norm and activation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self, get_args

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op
from mobilenas.ops.features import features_of
from mobilenas.ops.look import Look, label_of
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.widths import Cut, Widths
from mobilenas.settings.checks import check_flags, check_odd, check_positive

if TYPE_CHECKING:
    from torch import nn

Scaling = Literal["scaled", "up_only", "fixed"]


@dataclass(frozen=True)
class Conv(Op):
    """``kernel x kernel`` convolution, padded to keep height and width, then batch norm and activation.

    Args:
        out: channels of the output
        kernel: side of the kernel
        stride: of the convolution
        act: activation
        groups: groups of channels; as many as there are input channels make it a depthwise convolution
        norm: whether a batch norm follows the convolution
        bias: whether the convolution has a bias
        scaling: what a width multiplier does to ``out``: ``scaled``; ``up_only``, never below the base (MobileNetV2's
            last convolution); ``fixed`` (MnasNet's)
        dilation: of the kernel
    """

    name: ClassVar[str] = "conv"
    out: int
    kernel: int
    stride: int = 1
    act: str = "relu"
    groups: int = 1
    norm: bool = True
    bias: bool = False
    scaling: Scaling = "scaled"
    dilation: int = 1

    def __post_init__(self) -> None:
        check_positive(self.name, out=self.out, stride=self.stride, groups=self.groups, dilation=self.dilation)
        check_odd(self.name, kernel=self.kernel)
        check_activation(self.name, self.act)
        check_flags(self.name, norm=self.norm, bias=self.bias)
        if self.scaling not in get_args(Scaling):
            raise ValueError(f"{self.name}: scaling is one of {', '.join(get_args(Scaling))}, not {self.scaling!r}.")

    def output(self, input: Shape) -> Shape:
        if input.channels % self.groups or self.out % self.groups:
            raise ValueError(
                f"{self.name}: {input.channels} to {self.out} channels do not divide into {self.groups} groups."
            )
        return input.strided(self.out, self.stride)

    def params(self, input: Shape) -> int:
        return self._weights(input) + self.out * (self.bias + 2 * self.norm)

    def macs(self, input: Shape) -> int:
        output = self.output(input)
        return self._weights(input) * output.height * output.width

    def key(self, input: Shape) -> str:
        norm, bias = "norm" if self.norm else "-", "bias" if self.bias else "-"
        window = f"k{self.kernel} s{self.stride}{f' d{self.dilation}' if self.dilation > 1 else ''}"
        return f"conv {input} {window} g{self.groups} o{self.out} {norm} {bias} {self.act}"

    def build(self, input: Shape) -> nn.Sequential:
        from torch import nn

        from mobilenas.ops.modules import ACTIVATIONS

        self.output(input)
        parts = nn.Sequential()
        parts.append(
            nn.Conv2d(
                input.channels,
                self.out,
                self.kernel,
                self.stride,
                self.kernel // 2 * self.dilation,
                self.dilation,
                groups=self.groups,
                bias=self.bias,
            )
        )
        if self.norm:
            parts.append(nn.BatchNorm2d(self.out))
        if self.act != "none":
            parts.append(ACTIVATIONS[self.act]())
        return parts

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        if self.scaling == "fixed":
            return self
        out = make_divisible(self.out * width, 8)
        return replace(self, out=max(out, self.out) if self.scaling == "up_only" else out)

    def dilated(self, dilation: int) -> Self:
        return self if self.kernel == 1 else replace(self, dilation=dilation)

    def unstrided(self) -> Self:
        return replace(self, stride=1)

    def with_activation(self, act: str) -> Self:
        return self if self.act == "none" else replace(self, act=act)

    def with_fitting_residual(self, input: Shape) -> Self:
        return self

    def as_bottleneck(self, expansion: int, kernel: int, input: Shape) -> Self:
        return self

    def widths(self) -> Widths:
        return Widths(any_input=self.groups == 1)

    def with_output(self, channels: int) -> Self:
        return replace(self, out=channels)

    def cut(self, input: Shape) -> Cut:
        return Cut((("input", "output"),))

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    def look(self, input: Shape) -> Look:
        return Look(label_of("conv", f"K{self.kernel}", groups=self.groups), "end")

    def _weights(self, input: Shape) -> int:
        return input.channels // self.groups * self.out * self.kernel**2
