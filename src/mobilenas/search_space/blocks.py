"""Spaces of blocks whose operations, depths and widths are searched (MnasNet Sec. 4.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from mobilenas.evaluation import Architecture
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import BatchNorm, Op, Padding, Shape
from mobilenas.search_space.base import SearchSpace

MakeLayer = Callable[[Sequence[str], int, int, int], Op]
"""Makes a layer's operation from the chosen names, input channels, output channels and stride."""


@dataclass(frozen=True)
class Block:
    """A part of the skeleton, at one resolution.

    Args:
        filters: numbers of channels to choose from
        layers: numbers of layers to choose from; 0 leaves the block out
        stride: stride of the first layer
    """

    filters: tuple[int, ...]
    layers: tuple[int, ...]
    stride: int

    def __post_init__(self) -> None:
        if min(self.layers) < (self.stride > 1):
            raise ValueError(f"A block of stride {self.stride} cannot be left out: its layers must be 1 or more.")


@dataclass(frozen=True)
class BlockSpace(SearchSpace):
    """A skeleton of blocks between a stem and a head.

    A block decides its number of layers. A layer decides its filters and one option of each of ``choices``. In a
    factorized space all layers of a block are equal and decide once. In a flat space each layer has its own decisions,
    even if the block leaves it out.

    Args:
        name: the name of the space
        input: the shape of the image
        stem: operations before the blocks
        blocks: the blocks, in order
        head: operations after the blocks
        choices: the names of the options of each choice of a layer
        layer: makes a layer's operation from these names
        factorized: whether the layers of a block are equal
        norm: the batch-norm settings of every network of the space
        padding: the padding of every network of the space
    """

    name: str
    input: Shape
    stem: tuple[Op, ...]
    blocks: tuple[Block, ...]
    head: tuple[Op, ...]
    choices: tuple[tuple[str, ...], ...]
    layer: MakeLayer
    factorized: bool = True
    norm: BatchNorm = BatchNorm()
    padding: Padding = "symmetric"

    def __post_init__(self) -> None:
        _ = self.network([0] * len(self.options))

    @cached_property
    def options(self) -> tuple[int, ...]:
        return tuple(count for block in self.blocks for count in self._options(block))

    @property
    def option_names(self) -> tuple[tuple[str, ...], ...]:
        found = list[tuple[str, ...]]()
        for block in self.blocks:
            found.append(tuple(f"{number} layers" for number in block.layers))
            layer = [*self.choices, tuple(f"{number} filters" for number in block.filters)]
            found += layer * (1 if self.factorized else max(block.layers))
        return tuple(found)

    @cached_property
    def pieces(self) -> tuple[Layer, ...]:
        shape, layers = self.input, dict[Layer, None]()
        for op in self.stem:
            layers[Layer(op, shape, self.padding)] = None
            shape = op.output(shape)
        inputs = {shape.channels}
        for block in self.blocks:
            firsts = [(shape, channels, out, block.stride) for channels, out in product(inputs, block.filters)]
            shape = shape.strided(1, block.stride)
            repeats = [
                (shape, channels, out, 1)
                for channels, out in product(block.filters, block.filters)
                if max(block.layers) > 1 and (channels == out or not self.factorized)
            ]
            for place, channels, out, stride in firsts + repeats:
                for names in product(*self.choices):
                    op = self.layer(names, channels, out, stride)
                    layers[Layer(op, Shape(channels, place.height, place.width), self.padding)] = None
            inputs = set(block.filters) | (inputs if min(block.layers) == 0 else set())
        for channels in inputs:
            before = Shape(channels, shape.height, shape.width)
            for op in self.head:
                layers[Layer(op, before, self.padding)] = None
                before = op.output(before)
        return tuple(layers)

    @property
    def covering(self) -> tuple[tuple[int, ...], ...]:
        """All choices with all pairs of filters of neighbours: those of even blocks are one, those of odd ones another.

        Blocks that can be left out are left out, too, so that those before and after them become neighbours. In a flat
        space layers take the place of blocks.
        """
        most = max(len(block.filters) for block in self.blocks)
        names, pairs = product(*(range(len(choice)) for choice in self.choices)), product(range(most), repeat=2)
        found = (self._covering(*case) for case in product(names, pairs, self._omissions()))
        return tuple(dict.fromkeys(found))

    def _omissions(self) -> Iterator[range]:
        """Yields the places of neighbouring blocks that can be left out together; at first there are none."""
        yield range(0)
        for first in range(len(self.blocks)):
            last = first
            while last < len(self.blocks) and 0 in self.blocks[last].layers:
                last += 1
                yield range(first, last)

    def _covering(self, names: Sequence[int], pair: Sequence[int], omitted: range) -> tuple[int, ...]:
        """Returns the architecture of the most layers that has one choice everywhere, and two filters in turn."""
        decided, turn = list[int](), 0
        for place, block in enumerate(self.blocks):
            decided.append(block.layers.index(0 if place in omitted else max(block.layers)))
            for _ in range(1 if self.factorized else max(block.layers)):
                decided += (*names, min(pair[turn % 2], len(block.filters) - 1))
                turn += place not in omitted
        return tuple(decided)

    @cached_property
    def fingerprint(self) -> str:
        content = (self.input, self.stem, self.blocks, self.head, self.choices, self.factorized, self.norm)
        padding = "" if self.padding == "symmetric" else f" {self.padding}"
        return hashlib.sha256(f"{self.layer.__qualname__} {content!r}{padding}".encode()).hexdigest()[:16]

    def network(self, architecture: Sequence[int]) -> NetworkSpec:
        options, ops = iter(self.check(architecture)), list(self.stem)
        channels = self._stem_channels
        for block in self.blocks:
            decided = [next(options) for _ in self._options(block)]
            for op in self._layers(block, decided, channels):
                ops.append(op)
                channels = op.output(Shape(channels, 1, 1)).channels
        return NetworkSpec(self.input, (*ops, *self.head), self.norm, self.name, self.padding)

    def architecture(self, network: NetworkSpec) -> Architecture:
        """Returns the first architecture of a network.

        Raises:
            ValueError: the network is not in the space; the error names the first layer that no option gives
        """
        begin, end = len(self.stem), len(network.ops) - len(self.head)
        if network.ops[:begin] != self.stem or network.ops[end:] != self.head or network.input != self.input:
            raise ValueError(f"{network.name} is not in {self.name}: its input, stem or head is different.")
        found: list[int] = []
        place, channels = begin, self._stem_channels
        for number, block in enumerate(self.blocks):
            matches = [
                (len(ops), decided)
                for decided in self._decided(block)
                if (ops := self._layers(block, decided, channels)) == network.ops[place : place + len(ops)]
            ]
            length, decided = max(matches, key=lambda match: match[0], default=(0, ()))
            if not decided:
                raise ValueError(
                    f"{network.name} is not in {self.name}: in block {number + 1}, no option gives its layer {place},"
                    f" {network.layers[place].key}."
                )
            found += decided
            place += length
            channels = network.layers[place].input.channels
        if place != end:
            raise ValueError(f"{network.name} is not in {self.name}: its layer {place} comes after the last block.")
        return tuple(found)

    @property
    def _stem_channels(self) -> int:
        shape = self.input
        for op in self.stem:
            shape = op.output(shape)
        return shape.channels

    def _options(self, block: Block) -> tuple[int, ...]:
        """Returns the numbers of a block's options: layers, then choices and filters of one layer or of each layer."""
        layer = (*map(len, self.choices), len(block.filters))
        return (len(block.layers), *layer * (1 if self.factorized else max(block.layers)))

    def _layers(self, block: Block, decided: Sequence[int], channels: int) -> tuple[Op, ...]:
        """Returns the operations of a block whose input has this number of channels."""
        ops: list[Op] = []
        size = len(self.choices) + 1
        for place in range(block.layers[decided[0]]):
            begin = 1 if self.factorized else 1 + place * size
            *options, filters = decided[begin : begin + size]
            names = [names[option] for names, option in zip(self.choices, options, strict=True)]
            out = block.filters[filters]
            ops.append(self.layer(names, channels, out, 1 if place else block.stride))
            channels = out
        return tuple(ops)

    def _decided(self, block: Block) -> Iterator[Architecture]:
        """Yields all decisions of a block of a factorized space."""
        if not self.factorized:
            raise ValueError(f"{self.name}: the architecture of a network can be found only in a factorized space.")
        return product(*map(range, self._options(block)))
