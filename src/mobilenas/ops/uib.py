"""The universal inverted bottleneck of MobileNetV4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op
from mobilenas.ops.construct import construct, expanded_by, with_expanded
from mobilenas.ops.conv import Conv
from mobilenas.ops.features import of_kind, sizes_of
from mobilenas.ops.look import Look
from mobilenas.ops.mbconv import MBConv
from mobilenas.ops.residual import check_shortcut, check_shortcut_fits
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.widths import Axes, Cut, Widths
from mobilenas.settings.checks import check_odd, check_positive

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class UIB(Op):
    """Depthwise convolution, 1x1 expansion, depthwise convolution, 1x1 projection, where both depthwise are optional.

    With both it is the paper's ExtraDW block, with the middle one an inverted bottleneck, with the first one ConvNext's
    block, with none a feed-forward network. An activation follows the expansion and the middle convolution alone.

    Args:
        out: channels of the output
        expanded: channels after the expansion, exact
        start: side of the first depthwise convolution's kernel
        middle: side of the second one's kernel
        stride: of the middle depthwise convolution, or of the first where that is left out
        act: activation
        residual: the input is added to the output
        dilation: of both depthwise convolutions
    """

    name: ClassVar[str] = "uib"
    out: int
    expanded: int
    start: int | None = None
    middle: int | None = None
    stride: int = 1
    act: str = "relu"
    residual: bool = False
    dilation: int = 1

    def __post_init__(self) -> None:
        numbers = {"expanded": self.expanded, "stride": self.stride, "dilation": self.dilation}
        check_positive(self.name, out=self.out, **numbers)
        kernels = {"start": self.start, "middle": self.middle}
        check_odd(self.name, **{name: kernel for name, kernel in kernels.items() if kernel is not None})
        check_activation(self.name, self.act)
        check_shortcut(self.name, self.residual, "identity")
        if self.stride > 1 and not (self.start or self.middle):
            raise ValueError(f"{self.name}: stride {self.stride} needs a depthwise convolution: give start or middle.")

    def output(self, input: Shape) -> Shape:
        output = input.strided(self.out, self.stride)
        if self.residual:
            check_shortcut_fits(self.name, "identity", input, output)
        return output

    def params(self, input: Shape) -> int:
        return sum(conv.params(shape) for _, conv, shape in self._convs(input))

    def macs(self, input: Shape) -> int:
        return sum(conv.macs(shape) for _, conv, shape in self._convs(input))

    def key(self, input: Shape) -> str:
        kernels = f"k{self.start or '-'} k{self.middle or '-'}"
        end = f"{'residual' if self.residual else '-'}{f' d{self.dilation}' if self.dilation > 1 else ''}"
        return f"uib {input} {kernels} s{self.stride} e{self.expanded} o{self.out} {self.act} {end}"

    def build(self, input: Shape) -> nn.Module:
        from mobilenas.ops.modules import with_shortcut

        self.output(input)
        parts = [conv.build(shape) for _, conv, shape in self._convs(input)]
        return with_shortcut(parts, self.residual, "identity", self.stride)

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        expanded = make_divisible(new.channels * (self.expanded / old.channels), 8)
        return replace(self, out=make_divisible(self.out * width, 8), expanded=expanded)

    def dilated(self, dilation: int) -> Self:
        return replace(self, dilation=dilation) if self.start or self.middle else self

    def unstrided(self) -> Self:
        return replace(self, stride=1)

    def with_activation(self, act: str) -> Self:
        return self if self.act == "none" else replace(self, act=act)

    def with_fitting_residual(self, input: Shape) -> Self:
        alone = replace(self, residual=False)
        return replace(alone, residual=alone.output(input) == input)

    def as_bottleneck(self, expansion: int, kernel: int, input: Shape) -> MBConv:
        expanded = expansion * input.channels
        return MBConv(self.out, kernel, self.stride, self.act, expanded, residual=self.residual)

    def widths(self) -> Widths:
        return Widths(self.expanded, any_input=True, tied=self.residual, bottleneck=True)

    def with_output(self, channels: int) -> Self:
        return replace(self, out=channels)

    def with_expansion(self, channels: int) -> Self:
        return replace(self, expanded=channels)

    def cut(self, input: Shape) -> Cut:
        start: list[Axes] = [("", "input")] if self.start else []
        middle: list[Axes] = [("", "expanded")] if self.middle else []
        axes = (*start, ("input", "expanded"), *middle, ("expanded", "output"))
        return Cut(axes, {"expanded": self.expanded})

    def variants(self, kernels: Sequence[int], expansions: Sequence[float], input: Shape) -> tuple[Self, ...]:
        wide = [expanded_by(ratio, input, self.expanded) for ratio in expansions]
        starts, middles = (kernels if own else (None,) for own in (self.start, self.middle))
        found = {
            replace(self, expanded=channels, start=start, middle=middle)
            for channels, start, middle in product(wide, starts, middles)
        }
        return tuple(sorted(found | {self}, key=lambda one: (one.expanded, one.start or 0, one.middle or 0)))

    def features(self, input: Shape) -> dict[str, float]:
        work = {part: conv.macs(shape) / 1e6 for part, conv, shape in self._convs(input)}
        return of_kind(self.name, sizes_of(self, input) | work)

    def look(self, input: Shape) -> Look:
        ratio = self.expanded / input.channels
        start, middle = ([f"K{kernel}"] if kernel else [] for kernel in (self.start, self.middle))
        label = " ".join([*start, f"E{round(ratio, 1):g}", *middle])
        return Look(label, kernel=self.middle or self.start, expansion=ratio)

    @classmethod
    def parse(cls, fields: Mapping[str, object], input: Shape) -> Self:
        """A line of YAML gives ``expanded`` or the ``expansion`` ratio, whose product is rounded to ``divisor``."""
        if (fields.get("expansion") is None) == (fields.get("expanded") is None):
            raise ValueError(f"{cls.name}: give expansion (a ratio) or expanded (channels).")
        return construct(cls, cls.name, with_expanded(cls.name, fields, input), also=("expansion", "divisor"))

    def _convs(self, input: Shape) -> Iterator[tuple[str, Conv, Shape]]:
        """The block's convolutions, each with its name and the shape of its input."""
        shape, apart = input, f" d{self.dilation}" if self.dilation > 1 else ""
        if self.start:
            stride = 1 if self.middle else self.stride
            start = Conv(input.channels, self.start, stride, "none", input.channels, dilation=self.dilation)
            yield f"start k{self.start} s{stride}{apart}", start, shape
            shape = start.output(shape)
        yield "expansion", Conv(self.expanded, 1, act=self.act), shape
        shape = shape.strided(self.expanded, 1)
        if self.middle:
            middle = Conv(self.expanded, self.middle, self.stride, self.act, self.expanded, dilation=self.dilation)
            yield f"middle k{self.middle} s{self.stride}{apart}", middle, shape
            shape = middle.output(shape)
        yield "projection", Conv(self.out, 1, act="none"), shape
