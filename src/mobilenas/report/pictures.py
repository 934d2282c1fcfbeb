"""Draws all pictures of a report."""

from matplotlib.figure import Figure

from mobilenas.report.files import FRONT, HISTORY, KINDS, SAMPLES, SPEED, VALIDATION, picture_name
from mobilenas.report.front_figure import front_figure
from mobilenas.report.latency_figures import (
    history_figure,
    kinds_figure,
    samples_figure,
    speed_figure,
    validation_figure,
)
from mobilenas.report.network_figure import network_figure
from mobilenas.report.palette import png
from mobilenas.report.result import RunResult


def pictures(result: RunResult) -> dict[str, bytes]:
    """Returns PNG by file name: the layers of each network, and pictures of the run's other results."""
    figures: dict[str, Figure] = {picture_name(one.name): network_figure(one.spec) for one in result.networks}
    if len(result.evaluations) > 1:
        figures[FRONT] = front_figure(result)
    if profiled := [one for one in result.networks if one.kinds_ms]:
        figures[KINDS] = kinds_figure(profiled)
    if result.history:
        figures[HISTORY] = history_figure(result.history, result.target_ms)
    if result.target_ms is not None and len(result.evaluations) > 1 and not (result.history or result.adapted):
        latencies_ms = [one.latency_ms for one in result.evaluations if one.failure is None]
        figures[SAMPLES] = samples_figure(latencies_ms, result.target_ms)
    if result.validation:
        figures[VALIDATION] = validation_figure(result.validation)
    if result.slowness:
        figures[SPEED] = speed_figure(result.slowness)
    return {name: png(figure) for name, figure in figures.items()}
