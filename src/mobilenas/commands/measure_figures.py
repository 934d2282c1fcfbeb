"""Draws what ``mobilenas-measure`` has found: engine against engine, and the time by kind of operation on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mobilenas.files.text import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mobilenas.commands.measuring import MeasuredNetwork
    from mobilenas.network import NetworkSpec

COLOURS = ("#d1495b", "#4f8fd0", "#f0a93b", "#5fb58c", "#8e6bbf", "#8d99ae")
COLUMNS = (
    *("network", "resolution", "device", "engine", "version", "latency_ms", "latency_std_ms", "p10_ms", "p90_ms"),
    *("peak_memory_mb", "size_mb", "params", "macs"),
)


def write_all(found: Sequence[MeasuredNetwork], specs: Sequence[NetworkSpec], folder: Path) -> list[Path]:
    """Writes measured.csv, and the pictures for which enough was measured; returns the paths.

    Args:
        found: what was measured: each network on each engine
        specs: the networks in the same order
        folder: the folder, which is made if it is not there
    """
    from mobilenas.report.kinds_figure import kinds_figure
    from mobilenas.report.palette import png
    from mobilenas.report.result import NetworkResult

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "measured.csv"]
    rows = [[one.name, *(getattr(one, column) for column in COLUMNS[1:])] for one in found]
    write_table(paths[0], {}, COLUMNS, rows)
    figures: dict[str, Figure] = {}
    if len({one.engine_and_device for one in found}) > 1:
        figures["engines.png"] = engines_figure(found)
    each = len(found) // len(specs)
    named = [
        NetworkResult(replace(specs[place // each], name=f"{one.name}, {one.engine}"), kinds_ms=one.kinds_ms)
        for place, one in enumerate(found)
        if one.kinds_ms
    ]
    if named:
        figures["kinds.png"] = kinds_figure(named)
    for name, figure in figures.items():
        paths.append(folder / name)
        paths[-1].write_bytes(png(figure))
    return paths


def engines_figure(found: Sequence[MeasuredNetwork]) -> Figure:
    """Draws each network's latency on every other engine over that on the first (ProxylessNAS Table 4, FBNet Table 5).

    On a line through the origin, all networks would be slower by the same factor; where the order differs, two networks
    change places.
    """
    from mobilenas.report.palette import INK, MUTED, SMALL, TEXT, new_figure, plain_axes

    by_engine: dict[str, dict[str, float]] = {}
    for one in found:
        by_engine.setdefault(one.engine_and_device, {})[f"{one.name} {one.resolution}"] = one.latency_ms
    (first, base_ms), *others = by_engine.items()
    figure, axes = new_figure(5.6, 4.4)
    plain_axes(axes, f"latency in ms, {first}", "latency in ms")
    for place, (engine, times_ms) in enumerate(others):
        x, y = np.array([base_ms[name] for name in times_ms]), np.array(list(times_ms.values()))
        colour = COLOURS[place % len(COLOURS)]
        axes.scatter(x, y, s=26, color=colour, alpha=0.85, linewidths=0, label=engine)
        slope = float(x @ y / (x @ x))
        axes.plot([0, x.max() * 1.05], [0, slope * x.max() * 1.05], color=colour, linewidth=0.8, linestyle=(0, (4, 3)))
    top = max(max(times_ms.values()) for _, times_ms in others)
    for name, ms in base_ms.items():
        axes.axvline(ms, color=MUTED, linewidth=0.4, zorder=0)
        axes.text(ms, top * 1.08, f" {name}", rotation=90, va="top", ha="right", fontsize=SMALL, color=INK)
    axes.set_xlim(0, max(base_ms.values()) * 1.08)
    axes.set_ylim(0, top * 1.1)
    axes.legend(loc="upper left", fontsize=TEXT - 1, labelcolor=MUTED, frameon=False)
    return figure
