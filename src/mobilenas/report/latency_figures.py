"""Draws a network's time by kind of operation (MoGA, Fig. 1), and a latency table's errors (MoGA, Fig. 4)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from mobilenas.hardware import Validation
from mobilenas.report.palette import ACCENT, INK, KINDS, MUTED, SMALL, TEXT, new_figure, plain_axes
from mobilenas.report.result import NetworkResult
from mobilenas.report.units import significant

SHARE = 50  # of all visits, whose median is a point of the line
READABLE = 0.06  # share of the time from which on a figure fits into its part of the bar


def kinds_figure(networks: Sequence[NetworkResult]) -> Figure:
    """Draws one bar for each network, with a part for each kind of operation, by falling share."""
    figure, axes = new_figure(4.8, 1.4 + 0.6 * len(networks))
    plain_axes(axes, "share of the time of one forward pass")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    rows = range(len(networks))
    begins = [0.0 for _ in networks]
    for kind in kinds(networks):
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


def kinds(networks: Sequence[NetworkResult]) -> list[str]:
    """Returns all kinds of operations; kinds that take most time in all networks come first."""
    found = {kind: 0.0 for one in networks for kind in one.kinds_ms}
    return sorted(found, key=lambda kind: (-sum(one.kinds_ms.get(kind, 0.0) for one in networks), kind))


def validation_figure(validation: Validation) -> Figure:
    """Draws random networks, predicted over measured latency, and the line on which both are equal."""
    figure, axes = new_figure(4.8, 4.0)
    plain_axes(axes, "measured latency in ms", "predicted latency in ms")
    both = (*validation.measured_ms, *validation.predicted_ms)
    margin = 0.06 * (max(both) - min(both)) or 0.06 * max(both)
    ends = (min(both) - margin, max(both) + margin)
    axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="predicted = measured")
    axes.scatter(validation.measured_ms, validation.predicted_ms, s=26, color=ACCENT, alpha=0.8, linewidths=0)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.text(0.05, 0.95, errors_in_words(validation), transform=axes.transAxes, fontsize=TEXT, color=INK, va="top")
    axes.legend(loc="lower right", fontsize=SMALL, labelcolor=MUTED, frameon=False)
    return figure


def speed_figure(slowness: Sequence[float]) -> Figure:
    """Draws how slow the device was over the order of measurement, and the median of nearby visits."""
    figure, axes = new_figure(4.8, 3.2)
    plain_axes(axes, "visit, in the order of measurement", "time over the table's")
    values, window = np.asarray(slowness), max(1, len(slowness) // SHARE)
    ends = np.arange(window, len(values) + 1)
    axes.plot(np.arange(1, len(values) + 1), values, ".", color=MUTED, markersize=2, alpha=0.5, label="visit")
    medians = [float(np.median(values[end - window : end])) for end in ends]
    axes.plot(ends - window / 2, medians, color=ACCENT, linewidth=1.5, label=f"median of {window}")
    axes.set_ylim(min(values.min(), 0.9), np.percentile(values, 99) * 1.1)
    axes.legend(loc="upper right", fontsize=SMALL, labelcolor=MUTED, frameon=False)
    return figure


def history_figure(history: Sequence[tuple[float, float]], target_ms: float | None) -> Figure:
    """Draws latency over the epochs: the expected latency, and the latency of the most probable network."""
    figure, axes = new_figure(4.8, 3.2)
    plain_axes(axes, "epoch", "latency in ms")
    epochs = range(1, len(history) + 1)
    expected_ms, derived_ms = zip(*history, strict=True)
    axes.plot(epochs, derived_ms, color=ACCENT, linewidth=1.5, drawstyle="steps-mid", label="most probable network")
    axes.plot(epochs, expected_ms, color=INK, linewidth=1.5, label="expected")
    if target_ms is not None:
        axes.axhline(target_ms, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="target")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left", fontsize=SMALL, labelcolor=MUTED, frameon=False)
    return figure


def samples_figure(latencies_ms: Sequence[float], target_ms: float) -> Figure:
    """Draws a histogram of the latencies of all evaluated architectures (MnasNet, Fig. 6)."""
    figure, axes = new_figure(4.8, 3.2)
    plain_axes(axes, "latency in ms", "architectures")
    axes.hist(latencies_ms, bins="sqrt", color=ACCENT, alpha=0.8, edgecolor="white", linewidth=0.5)
    axes.axvline(target_ms, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="target")
    axes.legend(loc="upper right", fontsize=SMALL, labelcolor=MUTED, frameon=False)
    return figure


def errors_in_words(validation: Validation) -> str:
    """Returns the error in three lines."""
    error = f"RMSE {significant(validation.rmse_ms, 2)} ms ({validation.relative_rmse:.1%})"
    rank = f"Kendall's rank correlation {validation.kendall_tau:.2f}"
    return "\n".join([error, rank, f"{len(validation.measured_ms)} random networks"])
