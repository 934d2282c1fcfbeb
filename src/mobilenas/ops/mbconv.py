"""The inverted residual block of MobileNetV2 and, without its expansion, the separable convolution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op
from mobilenas.ops.construct import construct, expanded_by, with_expanded
from mobilenas.ops.conv import Conv
from mobilenas.ops.features import of_kind, sizes_of
from mobilenas.ops.look import Look, label_of
from mobilenas.ops.residual import Shortcut, check_shortcut, check_shortcut_fits
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.squeeze_excite import SqueezeExcite
from mobilenas.ops.widths import Axes, Cut, Widths, squeeze_axes
from mobilenas.settings.checks import check_odd, check_positive

if TYPE_CHECKING:
    from torch import nn


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
        from torch import nn

        from mobilenas.ops.modules import with_shortcut

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

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        expanded = self.expanded and make_divisible(new.channels * (self.expanded / old.channels), 8)
        return replace(self, out=make_divisible(self.out * width, 8), expanded=expanded)

    @property
    def expands_first(self) -> bool:
        return bool(self.expanded) and self.groups == 1 and not self.residual

    def dilated(self, dilation: int) -> Self:
        return replace(self, dilation=dilation)

    def unstrided(self) -> Self:
        return replace(self, stride=1)

    def with_activation(self, act: str) -> Self:
        return self if self.act == "none" else replace(self, act=act)

    def with_se(self, se: SqueezeExcite) -> Self:
        return replace(self, se=se)

    def with_fitting_residual(self, input: Shape) -> Self:
        alone = replace(self, residual=False, shortcut="identity")
        return replace(alone, residual=alone.output(input) == input)

    def as_bottleneck(self, expansion: int, kernel: int, input: Shape) -> Self:
        plain = replace(self, kernel=kernel, expanded=expansion * input.channels)
        return replace(plain, se=None, groups=1, dilation=1)

    def widths(self) -> Widths:
        any_input = self.groups == 1
        return Widths(self.expanded if any_input else None, any_input, self.residual, bottleneck=True)

    def with_output(self, channels: int) -> Self:
        return replace(self, out=channels)

    def with_expansion(self, channels: int) -> Self:
        return replace(self, expanded=channels)

    def cut(self, input: Shape) -> Cut:
        wide = "expanded" if self.expanded else "input"
        expand: list[Axes] = [("input", wide)] if self.expanded else []
        squeeze = squeeze_axes(wide) if self.se else ()
        inner = {"expanded": self._wide(input)}
        if self.se:
            inner["squeeze"] = self.se.squeeze(input.channels, self._wide(input))
        return Cut((*expand, ("", wide), *squeeze, (wide, "output")), inner)

    def variants(self, kernels: Sequence[int], expansions: Sequence[float], input: Shape) -> tuple[Self, ...]:
        own = self.expanded
        wide = {expanded_by(ratio, input, own) for ratio in expansions} if own else {None}
        fitting = [channels for channels in wide if not channels or channels % self.groups == 0]
        found = {replace(self, kernel=kernel, expanded=channels) for channels in fitting for kernel in kernels}
        return tuple(sorted(found | {self}, key=lambda one: (one.expanded or 0, one.kernel)))

    def features(self, input: Shape) -> dict[str, float]:
        output, wide = self.output(input), self._wide(input)
        area_in, area_out = input.height * input.width / 1e6, output.height * output.width / 1e6
        kind = "mbconv" if self.expanded else "sepconv"
        kind += f"{' se' if self.se else ''}{f' g{self.groups}' if self.groups > 1 else ''}"
        work = {
            "expansion": input.channels * wide * area_in / self.groups,
            f"depthwise k{self.kernel} s{self.stride} d{self.dilation}": wide * area_out,
            "projection": wide * output.channels * area_out / self.groups,
        }
        return of_kind(kind, sizes_of(self, input) | work)

    def look(self, input: Shape) -> Look:
        ratio = self._wide(input) / input.channels
        first = f"E{round(ratio, 1):g}" if self.expanded else "sep"
        label = label_of(first, f"K{self.kernel}", groups=self.groups, has_se=bool(self.se))
        return Look(label, kernel=self.kernel, expansion=ratio, has_se=bool(self.se))

    @classmethod
    def parse(cls, fields: Mapping[str, object], input: Shape) -> Self:
        """A line of YAML gives ``expanded`` or the ``expansion`` ratio, whose product is rounded to ``divisor``."""
        if (fields.get("expansion") is None) == (fields.get("expanded") is None):
            raise ValueError(
                "mbconv: give expansion (a ratio) or expanded (channels); sepconv is the one with neither."
            )
        return cls._construct("mbconv", with_expanded(cls.name, fields, input), also=("expansion", "divisor"))

    @classmethod
    def parse_sepconv(cls, fields: Mapping[str, object], input: Shape) -> Self:
        """The line of YAML of a separable convolution has no expansion."""
        if "expanded" in fields:
            raise ValueError("sepconv has no field 'expanded'; mbconv is the one with an expansion.")
        return cls._construct("sepconv", fields)

    def line(self) -> dict[str, object]:
        return super().line() | ({} if self.expanded else {"op": "sepconv"})

    @classmethod
    def _construct(cls, name: str, fields: Mapping[str, object], also: tuple[str, ...] = ()) -> Self:
        return construct(cls, name, SqueezeExcite.parsed(fields), also)

    def _wide(self, input: Shape) -> int:
        return self.expanded or input.channels

    def _convs(self, input: Shape) -> Iterator[tuple[Conv, Shape]]:
        """The block's convolutions, each with the shape of its input."""
        wide = Shape(self._wide(input), input.height, input.width)
        if self.expanded:
            yield Conv(wide.channels, 1, act=self.act, groups=self.groups), input
        yield Conv(wide.channels, self.kernel, self.stride, self.act, wide.channels, dilation=self.dilation), wide
        yield Conv(self.out, 1, act="none", groups=self.groups), wide.strided(wide.channels, self.stride)
