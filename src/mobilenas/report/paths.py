"""The layers of all evaluated networks, each distinct layer once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mobilenas.evaluation import Architecture
from mobilenas.hardware import LatencyTable
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.report.drawn_layer import DrawnLayer, cell_of, cells_of
from mobilenas.search_space import LayerwiseSpace, SearchSpace

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)
FIXED = -1
"""The decision of a part that every network has."""


@dataclass
class DrawnLayers:
    """Collects cells, each once, and tells their numbers."""

    table: LatencyTable | None
    all: dict[DrawnLayer, int] = field(default_factory=dict)

    def number(self, cell: DrawnLayer) -> int:
        return self.all.setdefault(cell, len(self.all))

    def path(self, network: NetworkSpec) -> list[int]:
        """Returns the numbers of a network's cells, in order."""
        return [self.number(cell) for cell in cells_of(network, self.table)]

    def parts(self, space: LayerwiseSpace) -> list[list[int]]:
        """Returns for each part of a network its decision, or ``FIXED``, and the cells of its options."""
        parts, decision = [], 0
        for layers in space.layers:
            first, *others = layers
            if others or not first.choices:
                cells = [self.number(cell_of(layer, self.table, layer.op)) for layer in layers]
                parts.append([decision if others else FIXED, *cells])
                decision += bool(others)
                continue
            parts += [[FIXED, self.number(cell_of(piece, self.table))] for piece in first.fixed]
            for candidates in first.choices:
                parts.append([decision, *self._within(candidates)])
                decision += 1
        return parts

    def _within(self, candidates: Sequence[Layer]) -> list[int]:
        return [self.number(cell_of(layer, self.table)) for layer in candidates]


def paths_of(cells: DrawnLayers, space: SearchSpace, architectures: Sequence[Architecture]) -> list[list[int]]:
    """Returns the cells of each architecture's network, for a space whose decisions are not those of its layers."""
    return [cells.path(space.network(one)) for one in architectures]


def packed(numbers: Sequence[int], width: int) -> str:
    """Returns whole numbers as one text, each in base 36 with the same number of digits."""
    return "".join(in_base(number, width) for number in numbers)


def in_base(number: int, width: int) -> str:
    """Returns a whole number in base 36 with this number of digits, zeros in front."""
    text = ""
    for _ in range(width):
        number, digit = divmod(number, BASE)
        text = DIGITS[digit] + text
    if number:
        raise ValueError(f"A number needs more than {width} digits in base {BASE}.")
    return text


def width_of(highest: int) -> int:
    """Returns how many digits in base 36 the numbers up to the highest one need."""
    width = 1
    while highest >= BASE**width:
        width += 1
    return width
