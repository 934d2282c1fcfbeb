"""Draws a network layer by layer, as a list that fits every screen (MoGA, Fig. 8)."""

from collections.abc import Iterator, Sequence
from html import escape
from math import log2

from mobilenas.hardware import LatencyTable
from mobilenas.network.spec import NetworkSpec
from mobilenas.report.drawn_layer import DrawnLayer, cells_of
from mobilenas.report.units import in_millions, significant

COLOURED = (1, 3, 5, 7)
"""The kernels that have a colour of their own in the style sheet."""


def ladder(network: NetworkSpec, table: LatencyTable | None = None) -> str:
    """Returns HTML: a row a layer, with its map, its block, its channels and its share of the predicted latency.

    The width of a block is the logarithm of its channels. A head for detection or segmentation is one more block, and a
    dot marks each layer whose map it reads.
    """
    cells = list(cells_of(network, table))
    tapped = {tap.layer for tap in network.taps}
    counts = f"{in_millions(network.params)} M parameters, {in_millions(network.macs)} M multiply-adds"
    return (
        f"<figure><figcaption><b>{escape(network.name)}</b><small>{counts}</small></figcaption>"
        f'<ol class="ladder">{"".join(_rungs(network, cells, tapped))}</ol></figure>'
    )


def _rungs(network: NetworkSpec, cells: Sequence[DrawnLayer], tapped: set[int]) -> Iterator[str]:
    image = network.input
    before = (image.height, image.width)
    most, slowest = max(cell.channels for cell in cells), max((cell.took_ms or 0 for cell in cells), default=0)
    parts = _part("map", _map(before)), _part("block", "image"), _part("channels", str(image.channels))
    yield f'<li class="rung image">{"".join(parts)}</li>'
    for place, cell in enumerate(cells):
        shrinks = cell.map != before and cell.role != "head"
        before = cell.map if shrinks else before
        parts = (
            _part("map", _map(before) if shrinks else ""),
            block(cell, most, place in tapped),
            _part("channels", str(cell.channels)),
        )
        took = _took(cell.took_ms, slowest) if cell.took_ms is not None else ""
        yield f'<li class="rung{" shrinks" * shrinks}">{"".join(parts)}{took}</li>'


def block(cell: DrawnLayer, most: int, is_tapped: bool = False) -> str:
    """Returns the block of a layer: one hue for each kernel, stronger with a larger expansion ratio.

    Args:
        cell: the layer
        most: the most channels that a layer of the network has
        is_tapped: whether the head reads its map
    """
    kernel = f"k{cell.kernel if cell.kernel in COLOURED else 'other'}" if cell.kernel else ""
    names = ("block", cell.role, kernel, "se" * cell.has_se, "tapped" * is_tapped)
    wide = 40 + 60 * log2(max(cell.channels, 1)) / log2(max(most, 2))
    strength = 30 + 10 * min(cell.expansion or 1, 6)
    style = f"--wide: {wide:.1f}%; --strength: {strength:.0f}%"
    return f'<span class="{" ".join(filter(None, names))}" style="{style}">{escape(cell.label)}</span>'


def _took(took_ms: float, slowest: float) -> str:
    wide = 42 * max(took_ms, 0) / slowest if slowest > 0 else 0
    return f'<span class="took"><i style="width: {wide:.1f}%"></i>{significant(took_ms)}</span>'


def _part(name: str, words: str) -> str:
    return f'<span class="{name}">{words}</span>'


def _map(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
