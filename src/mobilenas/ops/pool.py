"""Pooling over windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from mobilenas.ops.base import Op
from mobilenas.ops.features import features_of
from mobilenas.ops.look import Look
from mobilenas.ops.shape import Shape
from mobilenas.settings.checks import check_odd, check_positive

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Pool(Op):
    """Average or maximum over ``kernel x kernel`` windows, padded by ``kernel // 2``.

    Args:
        kernel: side of the window
        stride: of the window
        mode: ``average`` or ``max``
    """

    name: ClassVar[str] = "pool"
    carries: ClassVar[bool] = True
    kernel: int
    stride: int = 1
    mode: Literal["average", "max"] = "average"

    def __post_init__(self) -> None:
        check_positive(self.name, stride=self.stride)
        check_odd(self.name, kernel=self.kernel)
        if self.mode not in ("average", "max"):
            raise ValueError(f"{self.name}: mode is 'average' or 'max', not {self.mode!r}.")

    def output(self, input: Shape) -> Shape:
        return input.strided(input.channels, self.stride)

    def params(self, input: Shape) -> int:
        return 0

    def macs(self, input: Shape) -> int:
        return 0

    def key(self, input: Shape) -> str:
        return f"pool {input} k{self.kernel} s{self.stride} {self.mode}"

    def build(self, input: Shape) -> nn.Module:
        from torch import nn

        if self.mode == "average":
            return nn.AvgPool2d(self.kernel, self.stride, self.kernel // 2, count_include_pad=False)
        return nn.MaxPool2d(self.kernel, self.stride, self.kernel // 2)

    def unstrided(self) -> Self:
        return replace(self, stride=1)

    def with_activation(self, act: str) -> Self:
        return self

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    def look(self, input: Shape) -> Look:
        return Look(f"{self.mode} pool K{self.kernel}")
