"""PyramidNet's residual block with a tree-structured cell for its 3x3 convolution (ProxylessNAS Sec. 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from mobilenas.ops.base import Op, Piece
from mobilenas.ops.construct import construct
from mobilenas.ops.features import features_of
from mobilenas.ops.mbconv import MBConv
from mobilenas.ops.pool import Pool
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.skip import Skip
from mobilenas.ops.widths import Widths
from mobilenas.settings.checks import check_positive

if TYPE_CHECKING:
    from torch import nn

EDGES: Mapping[str, Callable[[int], Op]] = MappingProxyType(
    {  # Appendix A, in its order; from the channels
        "dilated_3": lambda channels: MBConv(channels, 3, dilation=2),
        "identity": lambda channels: Skip(),
        "separable_3": lambda channels: MBConv(channels, 3),
        "separable_5": lambda channels: MBConv(channels, 5),
        "separable_7": lambda channels: MBConv(channels, 7),
        "average_pool": lambda channels: Pool(3),
        "max_pool": lambda channels: Pool(3, mode="max"),
    }
)
LEARNED = 12  # Sec. 4.1


@dataclass(frozen=True)
class TreeBlock(Op):
    r"""1x1 reduction, tree cell, 1x1 expansion, and a shortcut whose missing channels are zero.

    A cell is a binary tree of depth 3, which has 14 edges; the paper learns 12 and does not say which. Here the two
    edges of the root are the identity. Every other one applies its operation to the value of the node above; a leaf's
    value is what its edge makes, and the leaves are added up::

                         x
                 .-------+-------.          identity
                 x               x
              .--+--.         .--+--.       edges 0 1       2 3
             a       b       c       d
            / \     / \     / \     / \   edges 4 5 6 7   8 9 10 11
           o   o   o   o   o   o   o   o

    Where the block is strided, average pooling comes before the cell and in the shortcut.

    Args:
        out: channels of the output
        width: channels of the cell
        edges: names of the operations of the learned edges
        stride: of the block
    """

    name: ClassVar[str] = "tree_block"
    out: int
    width: int
    edges: tuple[str, ...] = ("identity",) * LEARNED
    stride: int = 1

    def __post_init__(self) -> None:
        check_positive(self.name, out=self.out, width=self.width, stride=self.stride)
        if len(self.edges) != LEARNED:
            raise ValueError(f"{self.name}: {LEARNED} edges are needed, not {len(self.edges)}.")
        for edge in self.edges:
            if edge not in EDGES:
                raise ValueError(f"{self.name}: edge {edge!r} is unknown; choose from {', '.join(EDGES)}.")

    def output(self, input: Shape) -> Shape:
        if self.out < input.channels:
            raise ValueError(f"{self.name}: {input.channels} channels cannot become fewer, as {self.out}.")
        return input.strided(self.out, self.stride)

    def params(self, input: Shape) -> int:
        norms = 2 * (input.channels + 2 * self.width + self.out)
        return norms + (input.channels + self.out) * self.width + sum(op.params(self._cell(input)) for op in self._ops)

    def macs(self, input: Shape) -> int:
        cell = self._cell(input)
        reduce = input.channels * self.width * input.height * input.width
        expand = self.width * self.out * cell.height * cell.width
        return reduce + expand + sum(op.macs(cell) for op in self._ops)

    def key(self, input: Shape) -> str:
        return f"tree_block {input} w{self.width} s{self.stride} o{self.out} {' '.join(self.edges)}"

    def fixed(self, input: Shape) -> tuple[Piece, ...]:
        return ((replace(self, edges=("identity",) * LEARNED), input),)

    def choices(self, input: Shape) -> tuple[tuple[Piece, ...], ...]:
        candidates = tuple((make(self.width), self._cell(input)) for make in EDGES.values())
        return (candidates,) * LEARNED

    @property
    def chosen(self) -> tuple[int, ...]:
        return tuple(list(EDGES).index(edge) for edge in self.edges)

    def decided(self, options: Sequence[int]) -> TreeBlock:
        return replace(self, edges=tuple(list(EDGES)[option] for option in options))

    def build(self, input: Shape) -> nn.Module:
        from mobilenas.ops.modules import Tree, tree_parts

        parts, cell = tree_parts(input.channels, self.width, self.out, self.stride), self._cell(input)
        return Tree(*parts, [op.build(cell) for op in self._ops])

    def build_mixed(self, input: Shape, mix: Callable[[Iterable[nn.Module]], nn.Module]) -> nn.Module:
        """The block with all candidates on every edge, as ``mix`` holds them."""
        from mobilenas.ops.modules import MixedTree, tree_parts

        edges = [mix(op.build(shape) for op, shape in candidates) for candidates in self.choices(input)]
        return MixedTree(*tree_parts(input.channels, self.width, self.out, self.stride), edges)

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        out = max(new.channels, make_divisible(self.out * width, 8))
        return replace(self, out=out, width=max(1, round(self.width * width)))

    def unstrided(self) -> Self:
        return replace(self, stride=1)

    def with_activation(self, act: str) -> Self:
        if act != "relu":
            raise ValueError(f"{self.name} has ReLU alone, not {act}: leave {act} out of improvements.")
        return self

    def with_fitting_residual(self, input: Shape) -> Self:
        return self

    def as_bottleneck(self, expansion: int, kernel: int, input: Shape) -> Self:
        return self

    def widths(self) -> Widths:
        return Widths()

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    @classmethod
    def parse(cls, fields: Mapping[str, Any], input: Shape) -> Self:
        return construct(cls, cls.name, {**fields, "edges": tuple(fields.get("edges", ()))})

    def line(self) -> dict[str, object]:
        return super().line() | {"edges": list(self.edges)}

    @property
    def _ops(self) -> list[Op]:
        return [EDGES[edge](self.width) for edge in self.edges]

    def _cell(self, input: Shape) -> Shape:
        return input.strided(self.width, self.stride)
