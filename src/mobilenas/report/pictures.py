"""All pictures of a report."""

from matplotlib.figure import Figure

from mobilenas.report.files import file_name
from mobilenas.report.front_figure import front_figure
from mobilenas.report.latency_figures import kinds_figure, validation_figure
from mobilenas.report.network_figure import network_figure
from mobilenas.report.palette import png
from mobilenas.report.result import RunResult

FRONT, KINDS, VALIDATION = "front.png", "kinds.png", "validation.png"


def pictures(result: RunResult) -> dict[str, bytes]:
    """PNG by file name: a picture of each network, and of the rest what the run has."""
    figures: dict[str, Figure] = {
        file_name(network.name, ".png"): network_figure(network.spec) for network in result.networks
    }
    if result.front:
        figures[FRONT] = front_figure(result)
    if profiled := [network for network in result.networks if network.kinds_ms]:
        figures[KINDS] = kinds_figure(profiled)
    if result.validation:
        figures[VALIDATION] = validation_figure(result.validation)
    return {name: png(figure) for name, figure in figures.items()}
