"""Batch norm and activation alone, as before the head of a pre-activation network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op
from mobilenas.ops.features import features_of
from mobilenas.ops.shape import Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Norm(Op):
    """Batch norm, then activation.

    Args:
        act: activation
    """

    name: ClassVar[str] = "norm"
    carries: ClassVar[bool] = True
    act: str = "relu"

    def __post_init__(self) -> None:
        check_activation(self.name, self.act)

    def output(self, input: Shape) -> Shape:
        return input

    def params(self, input: Shape) -> int:
        return 2 * input.channels

    def macs(self, input: Shape) -> int:
        return 0

    def key(self, input: Shape) -> str:
        return f"norm {input} {self.act}"

    def build(self, input: Shape) -> nn.Sequential:
        from torch import nn

        from mobilenas.ops.modules import ACTIVATIONS

        return nn.Sequential(nn.BatchNorm2d(input.channels), ACTIVATIONS[self.act]())

    def with_activation(self, act: str) -> Self:
        return self if self.act == "none" else replace(self, act=act)

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)
