"""Layer-wise spaces: sequences of fixed layers and choice blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import chain, islice

from mobilenas.evaluation import Architecture
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import Transform
from mobilenas.ops import BatchNorm, Op, Padding, Shape
from mobilenas.search_space.base import SearchSpace, different
from mobilenas.settings.checks import located


@dataclass(frozen=True)
class LayerwiseSpace(SearchSpace):
    """A sequence of fixed layers and choice blocks; the candidates of a choice block agree in shape.

    Args:
        name: the name of the space
        input: the shape of the image
        positions: the candidate operations of each layer; a layer with a single one is fixed
        norm: the batch-norm settings of every network of the space
        padding: the padding of every network of the space
    """

    name: str
    input: Shape
    positions: tuple[tuple[Op, ...], ...]
    norm: BatchNorm = BatchNorm()
    padding: Padding = "symmetric"

    def __post_init__(self) -> None:
        _ = self.layers

    @cached_property
    def choice_blocks(self) -> tuple[int, ...]:
        """The positions with more than one candidate, in order."""
        return tuple(index for index, candidates in enumerate(self.positions) if len(candidates) > 1)

    @cached_property
    def decisions(self) -> tuple[int, ...]:
        """The number of decisions at each position: one in a choice block, otherwise those within its operation."""
        return tuple(1 if len(ops) > 1 else len(ops[0].chosen) for ops in self.positions)

    @cached_property
    def options(self) -> tuple[int, ...]:
        return tuple(map(len, self.choices))

    @property
    def option_names(self) -> tuple[tuple[str, ...], ...]:
        return tuple(different([layer.look.label for layer in candidates]) for candidates in self.choices)

    @cached_property
    def choices(self) -> tuple[tuple[Layer, ...], ...]:
        """The candidates of each decision, as layers."""
        return tuple(
            candidates for layers in self.layers for candidates in ([layers] if len(layers) > 1 else layers[0].choices)
        )

    @cached_property
    def fixed(self) -> tuple[Layer, ...]:
        """The layers, and parts of layers, that every network has."""
        return tuple(piece for layers in self.layers if len(layers) == 1 for piece in layers[0].fixed)

    @cached_property
    def pieces(self) -> tuple[Layer, ...]:
        return (*self.fixed, *chain.from_iterable(self.choices))

    @property
    def covering(self) -> tuple[tuple[int, ...], ...]:
        most = max(self.options, default=1)
        return tuple(tuple(min(option, count - 1) for count in self.options) for option in range(most))

    @cached_property
    def layers(self) -> tuple[tuple[Layer, ...], ...]:
        """The candidates of each position, as layers."""
        shape, layers = self.input, []
        for position, candidates in enumerate(self.positions):
            with located(f"{self.name}, layer {position}"):
                layers.append(tuple(Layer(op, shape, self.padding) for op in candidates))
            if len(set(candidates)) < len(candidates):
                raise ValueError(f"{self.name}, layer {position}: a candidate occurs twice; name each candidate once.")
            outputs = {layer.output for layer in layers[-1]}
            if len(outputs) != 1:
                found = " and ".join(sorted(map(str, outputs))) or "none"
                raise ValueError(
                    f"{self.name}, layer {position}: all candidates must have one output shape, not {found}."
                )
            shape = outputs.pop()
        return tuple(layers)

    @cached_property
    def fingerprint(self) -> str:
        content = (self.input, self.positions, self.norm)
        padding = "" if self.padding == "symmetric" else f" {self.padding}"
        return hashlib.sha256(f"{content!r}{padding}".encode()).hexdigest()[:16]

    def network(self, architecture: Sequence[int]) -> NetworkSpec:
        options = iter(self.check(architecture))
        ops = tuple(
            candidates[next(options)] if len(candidates) > 1 else candidates[0].decided(tuple(islice(options, count)))
            for candidates, count in zip(self.positions, self.decisions, strict=True)
        )
        return NetworkSpec(self.input, ops, self.norm, self.name, self.padding)

    def architecture(self, network: NetworkSpec) -> Architecture:
        """Returns the first architecture of a network.

        Raises:
            ValueError: the network is not in the space; the error names the first layer that no option gives
        """
        if (network.input, network.norm, network.padding) != (self.input, self.norm, self.padding):
            raise ValueError(f"{network.name} is not in {self.name}: its input, batch norms or padding are different.")
        found: list[int] = []
        for place, candidates in enumerate(self.positions):
            op = network.ops[place] if place < len(network.ops) else None
            options = _options(candidates, op) if op else None
            if options is None:
                raise ValueError(f"{network.name} is not in {self.name}: no option gives its layer {place}.")
            found += options
        if len(network.ops) > len(self.positions):
            raise ValueError(f"{network.name} is not in {self.name}: it has a layer {len(self.positions)}.")
        return tuple(found)

    def transformed(self, change: Transform) -> LayerwiseSpace:
        """Returns the space of the changed networks; the change must keep the number of layers."""
        networks = [change(self.network(architecture)) for architecture in self.covering]
        if len(networks[0].ops) != len(self.positions):
            raise ValueError(f"{self.name}: a change of the networks must keep all {len(self.positions)} layers.")
        positions = tuple(
            tuple(networks[option if len(candidates) > 1 else 0].ops[index] for option in range(len(candidates)))
            for index, candidates in enumerate(self.positions)
        )
        first = networks[0]
        return replace(self, input=first.input, positions=positions, norm=first.norm, padding=first.padding)

    def variations(self, decision: int, option: int) -> tuple[tuple[int, ...], ...]:
        candidates = [layer.op for layer in self.choices[decision]]
        groups: dict[str, list[int]] = {}
        for index, candidate in enumerate(candidates):
            changed = _differences(candidates[option], candidate)
            if len(changed) == 1:
                groups.setdefault(changed[0], []).append(index)
        return tuple(tuple(group) for group in groups.values())


def layerwise(space: SearchSpace) -> LayerwiseSpace:
    """Returns a space of which a supernet can be built.

    Raises:
        ValueError: it is not a sequence of choice blocks
    """
    if not isinstance(space, LayerwiseSpace):
        raise ValueError(
            f"{space.name} has no supernet, because {space.without_supernet}: add evaluator=proxy_task, and leave"
            " supernet out of stages."
        )
    return space


def _options(candidates: Sequence[Op], op: Op) -> tuple[int, ...] | None:
    """Returns the options that give an operation at a position; None where none do."""
    if len(candidates) > 1:
        return (candidates.index(op),) if op in candidates else None
    same = len(candidates[0].chosen) == len(op.chosen) and candidates[0].decided(op.chosen) == op
    return op.chosen if same else None


def _differences(one: Op, other: Op) -> list[str]:
    if type(one) is not type(other):
        return ["kind"]
    return [field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)]
