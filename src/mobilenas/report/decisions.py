"""The decisions of a search space in words: an axis for each, with a label for each option."""

from collections.abc import Iterator
from dataclasses import dataclass

from mobilenas.adaptation import WidthSpace
from mobilenas.report.labels import short_label
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from mobilenas.search_space.blocks import BlockSpace
from mobilenas.task.task_space import TaskSpace


@dataclass(frozen=True)
class Decision:
    """A decision of a space.

    Args:
        title: the place of what is decided; its labels tell what it is
        options: a label for each option; all are different
    """

    title: str
    options: tuple[str, ...]


def decisions_of(space: SearchSpace) -> tuple[Decision, ...]:
    """Returns all decisions, in the order of an architecture; a space that is not known has numbers as labels."""
    inner = space.inner if isinstance(space, TaskSpace) else space
    if isinstance(inner, LayerwiseSpace):
        found = list(_of_layers(inner))
    elif isinstance(inner, BlockSpace):
        found = list(_of_blocks(inner))
    elif isinstance(inner, WidthSpace):
        found = [Decision(_of_width(one.kind, one.places), tuple(map(str, one.channels))) for one in inner.widths]
    else:
        found = []
    if [len(one.options) for one in found] != list(space.options):
        found = [Decision(str(number), tuple(map(str, range(count)))) for number, count in enumerate(space.options)]
    return tuple(Decision(one.title, _distinct(one.options)) for one in found)


def _of_layers(space: LayerwiseSpace) -> Iterator[Decision]:
    choices = iter(space.choices)
    for place, count in enumerate(space.decisions):
        for part in range(count):
            title = f"layer {place}" if count == 1 else f"layer {place}, {part + 1}"
            yield Decision(title, tuple(short_label(layer) for layer in next(choices)))


def _of_blocks(space: BlockSpace) -> Iterator[Decision]:
    for number, block in enumerate(space.blocks, 1):
        yield Decision(f"block {number}: layers", tuple(map(str, block.layers)))
        for layer in range(1 if space.factorized else max(block.layers)):
            within = f"block {number}" if space.factorized else f"block {number}, layer {layer + 1}"
            yield from (Decision(within, names) for names in space.choices)
            yield Decision(f"{within}: filters", tuple(map(str, block.filters)))


def _of_width(kind: str, places: tuple[int, ...]) -> str:
    return f"{kind} {places[0]}" if len(places) == 1 else f"{kind} {places[0]}-{places[-1]}"


def _distinct(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the labels with a number behind each that is not the only one of its text."""
    return tuple(f"{label} #{number}" if labels.count(label) > 1 else label for number, label in enumerate(labels))
