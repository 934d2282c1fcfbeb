"""Draws a network's time by kind of operation as a picture (MoGA, Fig. 1)."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from mobilenas.report.charts.operations import kinds_by_time
from mobilenas.report.palette import INK, KINDS, MUTED, SMALL, TEXT, new_figure, plain_axes
from mobilenas.report.result import NetworkResult

READABLE = 0.06  # share of the time from which on a figure fits into its part of the bar


def kinds_figure(networks: Sequence[NetworkResult]) -> Figure:
    """Draws one bar for each network, with a part for each kind of operation, by falling share."""
    figure, axes = new_figure(4.8, 1.4 + 0.6 * len(networks))
    plain_axes(axes, "share of the time of one forward pass")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    rows = range(len(networks))
    begins = [0.0 for _ in networks]
    for kind in kinds_by_time(networks):
        shares = [one.kinds_ms.get(kind, 0.0) / sum(one.kinds_ms.values()) for one in networks]
        colour = KINDS.get(kind, KINDS["other"])
        bars = axes.barh(rows, shares, 0.62, begins, color=colour, edgecolor="white", linewidth=1, label=kind)
        texts = [f"{share:.0%}" if share >= READABLE else "" for share in shares]
        axes.bar_label(bars, texts, label_type="center", fontsize=SMALL, color=INK)
        begins = [begin + share for begin, share in zip(begins, shares, strict=True)]
    axes.set_yticks(rows, [one.name for one in networks], fontsize=TEXT, color=INK, parse_math=False)
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    figure.legend(loc="outside lower left", ncols=3, fontsize=TEXT - 0.5, labelcolor=MUTED, frameon=False)
    return figure
