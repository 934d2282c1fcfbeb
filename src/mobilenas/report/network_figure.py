"""Draws a network layer by layer, from the image down to the classes (MoGA, Fig. 8)."""

from math import log2

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from mobilenas.network.heads import Head
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.report.labels import short_label
from mobilenas.report.palette import (
    DPI,
    GRID,
    INK,
    KERNELS,
    MUTED,
    NEUTRAL,
    OTHER_KERNEL,
    SMALL,
    TEXT,
    mixed_with_white,
)
from mobilenas.report.units import in_millions

# Inches; the widest block has CENTER +- WIDEST / 2, its map's size stands left and its channels right of it.
WIDTH, ROW, BLOCK, HEAD, FOOT = 3.5, 0.25, 0.185, 0.95, 0.42
LEFT, CENTER, RIGHT, WIDEST, NARROWEST = 0.78, 1.95, 3.1, 2.0, 0.8


def network_figure(network: NetworkSpec) -> Figure:
    """Draws one block for each layer; its width is the logarithm of the channels. Axes are in inches.

    A head for detection or segmentation is one more block, and a dot marks each layer whose map it reads.
    """
    layers = network.layers
    height = HEAD + ROW * (len(layers) + bool(network.head)) + FOOT
    figure = Figure((WIDTH, height), DPI, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, height))
    axes.set_axis_off()
    _head(axes, network, height)
    most = max(layer.output.channels for layer in layers)
    for index, layer in enumerate(layers):
        y = height - HEAD - ROW * (index + 0.5)
        _marks(axes, layers, index, y)
        width = NARROWEST + (WIDEST - NARROWEST) * log2(layer.output.channels) / max(log2(most), 1)
        _block(axes, layer, y, width)
        if any(tap.layer == index for tap in network.taps):
            axes.plot([CENTER - width / 2 + 0.08], [y], "o", color=INK, markersize=3)
    if network.head:
        _task_head(axes, network.head, height - HEAD - ROW * (len(layers) + 0.5))
    _legend(axes, layers)
    return figure


def _head(axes: Axes, network: NetworkSpec, height: float) -> None:
    counts = f"{in_millions(network.params)} M parameters, {in_millions(network.macs)} M multiply-adds"
    title = axes.text(CENTER, height - 0.2, network.name, fontsize=TEXT + 2, color=INK, ha="center", va="center")
    title.set(weight="bold", parse_math=False)
    axes.text(CENTER, height - 0.42, counts, fontsize=SMALL, color=MUTED, ha="center", va="center")
    y = height - HEAD + 0.12
    image = network.input
    _size(axes, image.height, image.width, y)
    axes.text(CENTER, y, "image", fontsize=SMALL, color=MUTED, ha="center", va="center")
    axes.text(RIGHT, y, f"{image.channels}", fontsize=SMALL, color=MUTED, va="center")
    axes.text(LEFT, y + 0.19, "map", fontsize=SMALL - 1, color=MUTED, ha="right", va="center")
    axes.text(RIGHT + 0.3, y + 0.19, "channels", fontsize=SMALL - 1, color=MUTED, ha="right", va="center")


def _size(axes: Axes, rows: int, columns: int, y: float) -> None:
    axes.text(LEFT, y, f"{rows}x{columns}", fontsize=SMALL, color=MUTED, ha="right", va="center")


def _marks(axes: Axes, layers: tuple[Layer, ...], index: int, y: float) -> None:
    """Draws size and channels of the output, a thick line where the map shrinks, and dashed lines at the backbone."""
    layer, top = layers[index], y + ROW / 2
    if (layer.input.height, layer.input.width) != (layer.output.height, layer.output.width):
        _size(axes, layer.output.height, layer.output.width, y)
        if not layer.op.is_head:
            axes.plot([LEFT + 0.06, RIGHT + 0.3], [top, top], color=NEUTRAL, linewidth=2.6, solid_capstyle="butt")
    if index and _in_backbone(layers, index) != _in_backbone(layers, index - 1):
        axes.plot([LEFT + 0.06, RIGHT + 0.3], [top, top], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.text(RIGHT, y, f"{layer.output.channels}", fontsize=SMALL, color=MUTED, va="center")


def _in_backbone(layers: tuple[Layer, ...], index: int) -> bool:
    """Returns whether the layer stands between the convolutions at the network's beginning and at its end."""
    inner = [layer.look.role != "end" for layer in layers]
    return any(inner[: index + 1]) and any(inner[index:])


def _block(axes: Axes, layer: Layer, y: float, width: float) -> None:
    corner = (CENTER - width / 2, y - BLOCK / 2)
    hollow = layer.look.role == "skip"
    box = FancyBboxPatch(
        corner,
        width,
        BLOCK,
        boxstyle="round,pad=0,rounding_size=0.035",
        facecolor="white" if hollow else block_colour(layer),
        edgecolor=MUTED if hollow else "none",
        linestyle=(0, (3, 2)) if hollow else "-",
        linewidth=0.8,
    )
    axes.add_patch(box)
    if layer.look.has_se:
        axes.add_patch(Rectangle((CENTER + width / 2 - 0.1, corner[1]), 0.05, BLOCK, color=INK, linewidth=0))
    axes.text(CENTER, y - 0.006, short_label(layer), fontsize=TEXT - 1, color=INK, ha="center", va="center")


def _task_head(axes: Axes, head: Head, y: float) -> None:
    """Draws the head that follows the layers, under a dashed line."""
    axes.plot([LEFT + 0.06, RIGHT + 0.3], [y + ROW / 2] * 2, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    place = (CENTER - WIDEST / 2, y - BLOCK / 2)
    shape = "round,pad=0,rounding_size=0.035"
    axes.add_patch(FancyBboxPatch(place, WIDEST, BLOCK, boxstyle=shape, facecolor=INK, edgecolor="none"))
    axes.text(CENTER, y - 0.006, f"{head.title} on ●", fontsize=TEXT - 1, color="white", ha="center", va="center")
    axes.text(RIGHT, y, f"{head.classes}", fontsize=SMALL, color=MUTED, va="center")


def block_colour(layer: Layer) -> str:
    """Returns one hue for each kernel, stronger with a larger expansion ratio; layers without a kernel are grey."""
    look = layer.look
    if look.kernel is None:
        return mixed_with_white(NEUTRAL, 0.75)
    share = 0.3 + 0.6 * min(look.expansion or 1, 6) / 6
    return mixed_with_white(KERNELS.get(look.kernel, OTHER_KERNEL), share)


def _legend(axes: Axes, layers: tuple[Layer, ...]) -> None:
    looks = [layer.look for layer in layers]
    kernels = sorted({look.kernel for look in looks if look.kernel is not None})
    entries = [(f"K{kernel}", KERNELS.get(kernel, OTHER_KERNEL), 0.1) for kernel in kernels]
    if any(look.has_se for look in looks):
        entries.append(("SE", INK, 0.05))
    x = LEFT + 0.06
    axes.plot([x, RIGHT + 0.3], [0.32, 0.32], color=GRID, linewidth=0.8)
    for text, colour, width in entries:
        axes.add_patch(Rectangle((x, 0.13), width, 0.1, color=colour, linewidth=0))
        axes.text(x + width + 0.04, 0.175, text, fontsize=SMALL, color=MUTED, va="center")
        x += width + 0.28
    if any(look.expansion for look in looks):
        axes.text(RIGHT + 0.3, 0.175, "stronger: larger E", fontsize=SMALL, color=MUTED, va="center", ha="right")
