"""A layer as pictures of networks draw it: a block with its label, its channels and its share of the latency."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mobilenas.hardware import LatencyTable
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec, yaml_line
from mobilenas.ops import Op
from mobilenas.report.labels import short_label


@dataclass(frozen=True)
class DrawnLayer:
    """What is drawn of a layer.

    Args:
        label: in a few letters
        role: ``block``, ``end``, ``skip`` or ``head``
        kernel: side of the kernel; 0 without one
        expansion: expansion ratio; 0 without one
        has_se: whether it has a squeeze-and-excitation
        channels: channels of its output
        map: height and width of its output
        took_ms: its share of a network's predicted latency; None if the table does not know it
        line: its line in the network's YAML; empty for a part of a layer
    """

    label: str
    role: str
    kernel: int
    expansion: float
    has_se: bool
    channels: int
    map: tuple[int, int]
    took_ms: float | None
    line: str


def cell_of(layer: Layer, table: LatencyTable | None, op: Op | None = None) -> DrawnLayer:
    """Returns the cell of a layer; ``op`` is the operation whose line stands in the YAML, if it is a whole layer."""
    look, output = layer.look, layer.output
    return DrawnLayer(
        short_label(layer),
        look.role,
        look.kernel or 0,
        round(look.expansion or 0, 2),
        look.has_se,
        output.channels,
        (output.height, output.width),
        took_ms(layer.pieces, table),
        yaml_line(op) if op else "",
    )


def took_ms(pieces: Sequence[Layer], table: LatencyTable | None) -> float | None:
    """Returns what these parts take together within a network; None if the table lacks one of them."""
    if table is None or not table.has(pieces):
        return None
    return sum(map(table.layer_ms, pieces))


def cells_of(network: NetworkSpec, table: LatencyTable | None) -> Iterator[DrawnLayer]:
    """Yields the cells of a network's layers, and last one for its head, if it has one."""
    for layer in network.layers:
        yield cell_of(layer, table, layer.op)
    if network.head:
        pieces = [piece for layer in network.head_layers.values() for piece in layer.pieces]
        image = network.input
        last_map = (image.height, image.width)
        yield DrawnLayer(
            network.head.title, "head", 0, 0.0, False, network.head.classes, last_map, took_ms(pieces, table), ""
        )
