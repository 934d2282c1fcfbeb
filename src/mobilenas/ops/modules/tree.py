"""The modules of PyramidNet's residual block with a tree-structured cell (ProxylessNAS Sec. 4.1)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import cast

from torch import Tensor, nn

from mobilenas.ops.modules.drop_path import DropPath
from mobilenas.ops.modules.mixed import Mixed


class Tree(nn.Module):
    """The block's module, ``(N, C, H, W)`` to the output's shape."""

    def __init__(
        self, reduce: nn.Sequential, expand: nn.Sequential, shortcut: nn.Sequential, edges: Iterable[nn.Module]
    ) -> None:
        super().__init__()
        self.reduce, self.expand, self.shortcut = reduce, expand, shortcut
        self.edges = nn.ModuleList(edges)
        self.drop_path = DropPath()

    def forward(self, input: Tensor) -> Tensor:
        return self._through(input, list(self.edges))

    def _through(self, input: Tensor, edges: Sequence[Callable[[Tensor], Tensor]]) -> Tensor:
        cell = self.reduce(input)
        leaves = []
        for upper in range(4):
            node = edges[upper](cell)
            leaves += [edges[lower](node) for lower in (4 + 2 * upper, 5 + 2 * upper)]
        total = leaves[0]
        for leaf in leaves[1:]:
            total = total + leaf
        output: Tensor = self.shortcut(input) + self.drop_path(self.expand(total))
        return output


class MixedTree(Tree):
    """The block of a supernet: every edge holds all candidates."""

    def forward(self, input: Tensor, *choices: object) -> Tensor:
        edges = zip(self.edges, choices, strict=True)
        return self._through(input, [partial(_run, edge, choice) for edge, choice in edges])

    def chosen(self, *options: int) -> Tree:
        """The block with one candidate on each edge; its modules are this block's own."""
        mixed = cast(Iterator[Mixed], iter(self.edges))
        edges = [edge.chosen(option) for edge, option in zip(mixed, options, strict=True)]
        return Tree(self.reduce, self.expand, self.shortcut, edges)


def _run(edge: nn.Module, choice: object, value: Tensor) -> Tensor:
    output: Tensor = edge(value, choice)
    return output


def tree_parts(channels: int, width: int, out: int, stride: int) -> tuple[nn.Sequential, nn.Sequential, nn.Sequential]:
    """Reduction to ``width`` channels, expansion to ``out``, and shortcut; where they are strided, both ways pool."""
    reduce = nn.Sequential(
        nn.BatchNorm2d(channels),
        nn.Conv2d(channels, width, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        *_pooling(stride),
    )
    expand = nn.Sequential(
        nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.Conv2d(width, out, 1, bias=False), nn.BatchNorm2d(out)
    )
    missing = out - channels
    pad = [nn.ConstantPad3d((0, 0, 0, 0, 0, missing), 0.0)] if missing else []
    return reduce, expand, nn.Sequential(*_pooling(stride), *pad)


def _pooling(stride: int) -> list[nn.Module]:
    return [nn.AvgPool2d(3, stride, 1, count_include_pad=False)] if stride > 1 else []
