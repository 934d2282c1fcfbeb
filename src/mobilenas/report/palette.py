"""The colours and fonts that all pictures of a report share, and their conversion to PNG."""

from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

INK, MUTED, GRID, ACCENT, NEUTRAL = "#1f2933", "#66727f", "#dfe5ec", "#d1495b", "#c3ccd6"
SCALE = "viridis"  # of a figure that is shown as colour

KERNELS: Mapping[int, str] = MappingProxyType({1: "#8d99ae", 3: "#4f8fd0", 5: "#f0a93b", 7: "#d9606b"})
OTHER_KERNEL = "#8e6bbf"

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "conv 1x1": "#4f8fd0",
        "conv kxk": "#a3c8ec",
        "depthwise conv": "#f0a93b",
        "linear": "#b49ad6",
        "pooling": "#5fb58c",
        "elementwise": "#d9606b",
        "normalization": "#b98b5e",
        "layout": "#8d99ae",
        "other": "#c3ccd6",
    }
)

DPI, TEXT, SMALL = 150, 9.0, 7.5  # dots an inch, and points


def new_figure(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """Returns a white figure with one pair of axes that fills it."""
    figure = Figure((width_in, height_in), DPI, facecolor="white", layout="constrained")
    return figure, figure.add_subplot()


def plain_axes(axes: Axes, x: str, y: str = "") -> None:
    """Names the axes, and removes their frame except a light grid."""
    axes.set_xlabel(x, fontsize=TEXT, color=INK)
    axes.set_ylabel(y, fontsize=TEXT, color=INK)
    axes.tick_params(labelsize=TEXT - 0.5, colors=MUTED, length=0)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


def mixed_with_white(colour: str, share: float) -> str:
    """Returns a lighter shade, which contains the colour by ``share``."""
    red, green, blue = (1 - share * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def png(figure: Figure) -> bytes:
    """Returns the picture as PNG; the same figure always gives the same bytes."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()
