"""A layer: an operation at its place in a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilenas.ops import Op, Padding, Shape
from mobilenas.ops.look import Look

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Layer:
    """An operation and the shape of its input, which determine its counts, its latency and its module.

    Args:
        op: the operation
        input: the shape of its input
        padding: the convention of its network, which strided windows follow

    Raises:
        ValueError: the operation does not fit the shape
    """

    op: Op
    input: Shape
    padding: Padding = "symmetric"

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
        return f"{self.op.key(self.input)}{' same' if self._is_padded_same else ''}"

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
        return tuple(Layer(*piece, self.padding) for piece in self.op.fixed(self.input))

    @property
    def choices(self) -> tuple[tuple[Layer, ...], ...]:
        """The candidates of each decision within the layer."""
        return tuple(
            tuple(Layer(*piece, self.padding) for piece in candidates) for candidates in self.op.choices(self.input)
        )

    @property
    def pieces(self) -> tuple[Layer, ...]:
        """All parts that are measured separately; for most layers this is the layer itself."""
        chosen = zip(self.choices, self.op.chosen, strict=True)
        return self.fixed + tuple(candidates[option] for candidates, option in chosen)

    def build(self) -> nn.Module:
        return self._padded(self.op.build(self.input))

    def build_mixed(self, mix: Callable[[Iterable[nn.Module]], nn.Module]) -> nn.Module:
        """Returns the module with all candidates of the decisions within the layer, as ``mix`` holds them."""
        return self._padded(self.op.build_mixed(self.input, mix))

    @property
    def _is_padded_same(self) -> bool:
        """Whether the padding makes a difference: only strided windows depend on it."""
        return self.padding == "same" and not self.op.is_head and self.output.height < self.input.height

    def _padded(self, module: nn.Module) -> nn.Module:
        if self.padding == "symmetric":
            return module
        from mobilenas.ops.modules import pad_same

        return pad_same(module)
