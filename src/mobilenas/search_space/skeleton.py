"""Which layer of a trained network stands where a space's position is."""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

import yaml

from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space.choice_blocks import LayerwiseSpace

AGREEING = ("act", "groups", "dilation")
"""The fields in which an operation agrees with the one whose weights it inherits, if both have them."""


def counterparts(space: LayerwiseSpace, parent: NetworkSpec) -> tuple[int | None, ...]:
    """Returns, for each position of a space, the place of the parent's layer whose weights its candidates inherit.

    A stage is a run of layers with one output shape. If the space has more blocks than the parent in a stage, the last
    ones have no counterpart, and start as the identity.

    Raises:
        ValueError: the skeletons do not agree; the error names the first layer at fault
    """
    if (space.input, space.padding) != (parent.input, parent.padding):
        raise ValueError(
            f"{space.name} cannot inherit the weights of {parent.name}: its images are {space.input} with"
            f" padding={space.padding}, and those of {parent.name} are {parent.input} with padding={parent.padding}:"
            f" set search_space.padding={parent.padding}, and the same size for both."
        )
    found = dict[int, int | None]()
    for position, place in _pairs([candidates[0] for candidates in space.layers], parent.layers):
        old = None if place is None else parent.layers[place]
        for new in (None,) if position is None else space.layers[position]:
            if reason := _disagreement(new, old):
                where = f"layer {place}" if position is None else f"layer {position}"
                raise ValueError(
                    f"{space.name} cannot inherit the weights of {parent.name}: in {where} the space has"
                    f" {_described(new)}, and the network has {_described(old)} ({reason}): choose search_space=around,"
                    " another network, other settings of the space, or method.init=random."
                )
        if position is not None:
            found[position] = place
    return tuple(found[position] for position in range(len(space.positions)))


def _pairs(own: Sequence[Layer], other: Sequence[Layer]) -> Iterator[tuple[int | None, int | None]]:
    """Yields the places of layers that belong together: the first ones of the first stages, and so on."""
    for mine, others in zip_longest(_stages(own), _stages(other), fillvalue=()):
        yield from zip_longest(mine, others)


def _stages(layers: Sequence[Layer]) -> Iterator[tuple[int, ...]]:
    """Yields the places of each run of layers with one output shape."""
    for _, run in groupby(range(len(layers)), key=lambda place: layers[place].output):
        yield tuple(run)


def _disagreement(new: Layer | None, old: Layer | None) -> str:
    """Returns why a candidate cannot inherit the weights of a layer, or an empty text."""
    if not new:
        return "the network has a layer more"
    if old and (new.input, new.output) != (old.input, old.output):
        return f"{new.input} to {new.output} is not {old.input} to {old.output}"
    if new.choices or (old and old.choices):
        return "what is decided within a layer cannot be inherited"
    if not new.takes_time or (old and new.op == old.op):
        return ""
    if not old or not old.takes_time:
        adds = new.output == new.input and new.op.widths().tied
        return "" if adds else "only a block with a residual can be added"
    if new.op.stride != old.op.stride:
        return f"stride {new.op.stride} is not {old.op.stride}"
    for field in AGREEING:
        mine, other = (getattr(one.op, field, None) for one in (new, old))
        if mine != other and None not in (mine, other):
            return f"{field} {mine} is not {other}"
    return _lacking(new, old)


def _lacking(new: Layer, old: Layer) -> str:
    """Returns which weights the old layer lacks; depthwise convolutions and SE can be added."""
    mine, other = new.op.cut(new.input), old.op.cut(old.input)
    for read, made in mine.axes:
        if read and "squeeze" not in (read, made) and (read, made) not in other.axes:
            return f"the network has no weights from {read} to {made} channels"
    grouped = getattr(new.op, "groups", 1) > 1 and mine.inner != other.inner
    return "groups cannot inherit another number of channels" if grouped else ""


def _described(layer: Layer | None) -> str:
    line = layer.op.line() if layer else "nothing"
    text: str = yaml.safe_dump(line, sort_keys=False, default_flow_style=True, width=1000)
    return text.removesuffix("...\n").strip()
