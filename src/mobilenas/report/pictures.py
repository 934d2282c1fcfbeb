"""Draws all pictures of a report."""

from matplotlib.figure import Figure

from mobilenas.report.files import FRONT, picture_name
from mobilenas.report.front_figure import front_figure
from mobilenas.report.network_figure import network_figure
from mobilenas.report.palette import png
from mobilenas.report.result import RunResult


def pictures(result: RunResult) -> dict[str, bytes]:
    """Returns PNG by file name: the layers of each network, and the front."""
    figures: dict[str, Figure] = {picture_name(one.name): network_figure(one.spec) for one in result.networks}
    if len(result.evaluations) > 1:
        figures[FRONT] = front_figure(result)
    return {name: png(figure) for name, figure in figures.items()}
