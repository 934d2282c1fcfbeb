"""The colours and fonts that all pictures of a report share, and their conversion to PNG."""

from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, MUTED, GRID, ACCENT, BLUE = "#1f2933", "#66727f", "#dfe5ec", "#d1495b", "#4f8fd0"
SCALE = "viridis"  # of a figure that is shown as colour


KINDS: Mapping[str, str] = MappingProxyType(
    {
        "conv 1x1": BLUE,
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


def png(figure: Figure) -> bytes:
    """Returns the picture as PNG; the same figure always gives the same bytes."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()
