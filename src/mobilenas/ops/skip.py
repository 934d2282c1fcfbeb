"""The identity, for a layer that is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.base import Op
from mobilenas.ops.look import Look
from mobilenas.ops.shape import Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Skip(Op):
    """Hands its input on; costs nothing."""

    name: ClassVar[str] = "skip"
    carries: ClassVar[bool] = True
    takes_time: ClassVar[bool] = False

    def output(self, input: Shape) -> Shape:
        return input

    def params(self, input: Shape) -> int:
        return 0

    def macs(self, input: Shape) -> int:
        return 0

    def key(self, input: Shape) -> str:
        return "skip"

    def build(self, input: Shape) -> nn.Module:
        from torch import nn

        return nn.Identity()

    def with_activation(self, act: str) -> Self:
        return self

    def features(self, input: Shape) -> dict[str, float]:
        return {}

    def look(self, input: Shape) -> Look:
        return Look(self.name, "skip")
