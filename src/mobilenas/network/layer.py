"""A layer: an operation at its place in a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilenas.ops import Op, Shape
from mobilenas.ops.look import Look

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Layer:
    """An operation and the shape of its input, which determine its counts, its latency and its module.

    Raises:
        ValueError: the operation does not fit the shape
    """

    op: Op
    input: Shape

    def __post_init__(self) -> None:
        self.op.output(self.input)

    @property
    def output(self) -> Shape:
        return self.op.output(self.input)

    @property
    def params(self) -> int:
        return self.op.params(self.input)

    @property
    def macs(self) -> int:
        return self.op.macs(self.input)

    @property
    def key(self) -> str:
        """The key of the layer's row in a latency table."""
        return self.op.key(self.input)

    @property
    def takes_time(self) -> bool:
        """Whether it takes time when it runs; a skipped layer does not."""
        return self.op.takes_time

    @property
    def look(self) -> Look:
        return self.op.look(self.input)

    @property
    def fixed(self) -> tuple[Layer, ...]:
        """The parts that are measured separately, without those that are decided within the layer."""
        return tuple(Layer(*piece) for piece in self.op.fixed(self.input))

    @property
    def choices(self) -> tuple[tuple[Layer, ...], ...]:
        """The candidates of each decision within the layer."""
        return tuple(tuple(Layer(*piece) for piece in candidates) for candidates in self.op.choices(self.input))

    @property
    def pieces(self) -> tuple[Layer, ...]:
        """All parts that are measured separately; for most layers this is the layer itself."""
        chosen = zip(self.choices, self.op.chosen, strict=True)
        return self.fixed + tuple(candidates[option] for candidates, option in chosen)

    def build(self) -> nn.Module:
        return self.op.build(self.input)
