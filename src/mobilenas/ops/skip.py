"""The identity, for a layer that is left out."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from mobilenas.ops.base import Op, Shape


@dataclass(frozen=True)
class Skip(Op):
    """Hands its input on; costs nothing."""

    name: ClassVar[str] = "skip"

    def output(self, input: Shape) -> Shape:
        return input

    def params(self, input: Shape) -> int:
        return 0

    def macs(self, input: Shape) -> int:
        return 0

    def key(self, input: Shape) -> str:
        return "skip"

    def build(self, input: Shape) -> nn.Module:
        return nn.Identity()
