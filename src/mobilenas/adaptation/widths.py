"""The widths of a network as ordered choices, which NetAdapt makes smaller (MobileNetV3 Sec. 4.2)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mobilenas.evaluation import Architecture
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Op
from mobilenas.search_space.base import SearchSpace
from mobilenas.settings.checks import check_positive


@dataclass(frozen=True)
class Width:
    """A number of channels that several places share.

    Args:
        kind: ``expansion`` of one layer, or ``bottleneck`` of all layers that residuals tie together
        places: the places of the layers, in order
        channels: the numbers to choose from, rising; the last is the seed network's
    """

    kind: str
    places: tuple[int, ...]
    channels: tuple[int, ...]


@dataclass(frozen=True)
class WidthSpace(SearchSpace):
    """A seed network, and all networks with fewer channels than it in some places.

    An architecture has one option for each expansion and each bottleneck. The highest option is the seed network's
    width, and the others are the multiples of ``divisor`` below it. The stem changes only if a residual ties it to a
    block.

    Its ``pieces`` are only the seed network's layers: three widths meet in a block, so all combinations are too many.

    Args:
        seed: the network that is made smaller
        divisor: the widths are multiples of it
        name: the name of the space

    Raises:
        ValueError: there is no width to choose
    """

    seed: NetworkSpec
    divisor: int = 8
    name: str = "widths"

    def __post_init__(self) -> None:
        check_positive("widths", divisor=self.divisor)
        if not self.widths:
            raise ValueError(
                f"{self.seed.name} has no expansion or bottleneck of more than {self.divisor} channels: set a smaller"
                " divisor, or choose another network."
            )

    @cached_property
    def widths(self) -> tuple[Width, ...]:
        """All widths that can be chosen, in the order of the layers."""
        found = [
            Width("expansion", (place,), self._below(expansion))
            for place, op in enumerate(self.seed.ops)
            if (expansion := op.widths().expansion)
        ]
        found += [
            Width("bottleneck", group, self._below(self.seed.layers[group[0]].output.channels))
            for group in bottlenecks(self.seed)
        ]
        return tuple(sorted((one for one in found if len(one.channels) > 1), key=lambda one: one.places))

    @cached_property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.seed.to_yaml()} {self.divisor}".encode()).hexdigest()[:16]

    @property
    def options(self) -> tuple[int, ...]:
        """The number of options of each width."""
        return tuple(len(width.channels) for width in self.widths)

    @property
    def pieces(self) -> tuple[Layer, ...]:
        return self.seed.pieces

    @property
    def widest(self) -> Architecture:
        """The architecture of the seed network."""
        return tuple(count - 1 for count in self.options)

    def network(self, architecture: Sequence[int]) -> NetworkSpec:
        ops = list(self.seed.ops)
        for width, option in zip(self.widths, self.check(architecture), strict=True):
            for place in width.places:
                ops[place] = _with_width(ops[place], width.kind, width.channels[option])
        return replace(self.seed, ops=tuple(ops))

    def sample(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draws random architectures, ``(count, decisions)``.

        For each architecture a smallest share of the seed network's widths is drawn first. Uniformly drawn widths would
        seldom come near the seed network, where NetAdapt begins.
        """
        highest = np.array(self.options) - 1
        least = np.floor(rng.random((count, 1)) * (highest + 1)).astype(np.int64)
        return rng.integers(least, highest, endpoint=True)

    def _below(self, channels: int) -> tuple[int, ...]:
        return (*range(self.divisor, channels, self.divisor), channels)


def bottlenecks(network: NetworkSpec) -> list[tuple[int, ...]]:
    """Returns, for each width between blocks, the places of the layers that have it as output, in order.

    If the next layer cannot have another input, there is no such width. A head can.
    """
    groups, widths = tied_outputs(network), [op.widths() for op in network.ops]
    is_read = [*(widths[following[0]].any_input for following in groups[1:]), network.head is not None]
    return [
        group
        for group, can_change in zip(groups, is_read, strict=True)
        if can_change
        and all(widths[place].any_input for place in group)
        and any(widths[place].bottleneck for place in group)
    ]


def tied_outputs(network: NetworkSpec) -> list[tuple[int, ...]]:
    """Returns the places of layers in groups whose outputs have the same channels, because residuals tie them together.

    What is tied to the image, or hands its input on, is in no group.
    """
    groups: list[tuple[int, ...]] = [()]  # the first group is tied to the image
    for place, op in enumerate(network.ops):
        if op.widths().tied:
            groups[-1] = (*groups[-1], place) if groups[1:] else ()
        elif not op.carries:
            groups.append((place,))
    return groups[1:]


def _with_width(op: Op, kind: str, channels: int) -> Op:
    return op.with_output(channels) if kind == "bottleneck" else op.with_expansion(channels)
