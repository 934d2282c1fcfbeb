"""The inverted residual block of MobileNetV2 and, without its expansion, the separable convolution."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from torch import nn

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op, Shape, construct, make_divisible
from mobilenas.ops.conv import Conv
from mobilenas.ops.residual import Shortcut, check_shortcut, check_shortcut_fits, with_shortcut
from mobilenas.ops.squeeze_excite import SqueezeExcite
from mobilenas.settings.checks import check_factor, check_odd, check_positive


@dataclass(frozen=True)
class MBConv(Op):
    """1x1 expansion, depthwise convolution, optional SE, 1x1 projection without activation.

    Args:
        out: channels of the output
        kernel: side of the depthwise convolution's kernel
        stride: stride of the depthwise convolution
        act: activation after the expansion and after the depthwise convolution
        expanded: channels between them, exact; without it there is no expansion: a separable convolution
        se: squeeze-and-excitation between the depthwise convolution's activation and the projection
        residual: the input is added to the output
        groups: of both 1x1 convolutions; above 1 a channel shuffle follows the first (FBNet Sec. 3.1)
        dilation: of the depthwise convolution
        shortcut: what becomes of the input before it is added
    """

    name: ClassVar[str] = "mbconv"
    out: int
    kernel: int
    stride: int = 1
    act: str = "relu"
    expanded: int | None = None
    se: SqueezeExcite | None = None
    residual: bool = False
    groups: int = 1
    dilation: int = 1
    shortcut: Shortcut = "identity"

    def __post_init__(self) -> None:
        check_positive(self.name, out=self.out, stride=self.stride, groups=self.groups, dilation=self.dilation)
        check_odd(self.name, kernel=self.kernel)
        check_activation(self.name, self.act)
        check_shortcut(self.name, self.residual, self.shortcut)
        if self.expanded is not None:
            check_positive(self.name, expanded=self.expanded)

    def output(self, input: Shape) -> Shape:
        output = input.strided(self.out, self.stride)
        if any(channels % self.groups for channels in (input.channels, self._wide(input), self.out)):
            path = f"{input.channels} to {self._wide(input)} to {self.out}"
            raise ValueError(f"{self.name}: {path} channels do not divide into {self.groups} groups.")
        if self.residual:
            check_shortcut_fits(self.name, self.shortcut, input, output)
        return output

    def params(self, input: Shape) -> int:
        se = self.se.params(input.channels, self._wide(input)) if self.se else 0
        return sum(conv.params(shape) for conv, shape in self._convs(input)) + se

    def macs(self, input: Shape) -> int:
        se = self.se.macs(input.channels, self._wide(input)) if self.se else 0
        return sum(conv.macs(shape) for conv, shape in self._convs(input)) + se

    def key(self, input: Shape) -> str:
        expansion = f"e{self.expanded}" if self.expanded else "-"
        se = self.se.key(input.channels, self._wide(input)) if self.se else "-"
        residual = ("residual" if self.shortcut == "identity" else self.shortcut) if self.residual else "-"
        return (
            f"mbconv {input} k{self.kernel} s{self.stride} g{self.groups} {expansion} o{self.out} {self.act}"
            f" {se} {residual}{f' d{self.dilation}' if self.dilation > 1 else ''}"
        )

    def build(self, input: Shape) -> nn.Module:
        self.output(input)
        parts: list[nn.Module] = []
        *expand, (depthwise, wide), (project, narrow) = self._convs(input)
        for conv, shape in expand:
            parts.append(conv.build(shape))
            if self.groups > 1:
                parts.append(nn.ChannelShuffle(self.groups))
        parts.append(depthwise.build(wide))
        if self.se:
            parts.append(self.se.build(input.channels, wide.channels))
        parts.append(project.build(narrow))
        return with_shortcut(parts, self.residual, self.shortcut, self.stride)

    def scaled(self, width: float, old: Shape, new: Shape) -> "MBConv":
        expanded = self.expanded and make_divisible(new.channels * (self.expanded / old.channels), 8)
        return replace(self, out=make_divisible(self.out * width, 8), expanded=expanded)

    @classmethod
    def parse(cls, fields: Mapping[str, Any], input: Shape) -> Self:
        """A line of YAML gives ``expanded`` or the ``expansion`` ratio, whose product is rounded to ``divisor``."""
        fields = dict(fields)
        if (fields.get("expansion") is None) == (fields.get("expanded") is None):
            raise ValueError(
                "mbconv: give expansion (a ratio) or expanded (channels); sepconv is the one with neither."
            )
        if fields.get("expanded") is None:
            expansion, divisor = fields.pop("expansion"), fields.pop("divisor", 1)
            check_factor(cls.name, expansion=expansion)
            check_positive(cls.name, divisor=divisor)
            fields["expanded"] = make_divisible(input.channels * expansion, divisor)
        return cls._construct("mbconv", fields)

    @classmethod
    def parse_sepconv(cls, fields: Mapping[str, Any], input: Shape) -> Self:
        """The line of YAML of a separable convolution has no expansion."""
        if "expanded" in fields:
            raise ValueError("sepconv has no field 'expanded'; mbconv is the one with an expansion.")
        return cls._construct("sepconv", fields)

    def line(self) -> dict[str, Any]:
        return super().line() | ({} if self.expanded else {"op": "sepconv"})

    @classmethod
    def _construct(cls, name: str, fields: Mapping[str, Any]) -> Self:
        return construct(cls, name, SqueezeExcite.parsed(fields))

    def _wide(self, input: Shape) -> int:
        return self.expanded or input.channels

    def _convs(self, input: Shape) -> Iterator[tuple[Conv, Shape]]:
        """The block's convolutions, each with the shape of its input."""
        wide = Shape(self._wide(input), input.height, input.width)
        if self.expanded:
            yield Conv(wide.channels, 1, act=self.act, groups=self.groups), input
        yield Conv(wide.channels, self.kernel, self.stride, self.act, wide.channels, dilation=self.dilation), wide
        yield Conv(self.out, 1, act="none", groups=self.groups), wide.strided(wide.channels, self.stride)
