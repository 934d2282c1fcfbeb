"""Draws the trade-off that the search found: accuracy over latency, with parameters as colour (MoGA, Fig. 7)."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from mobilenas.evaluation import Evaluation
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.report.palette import ACCENT, INK, MUTED, SCALE, SMALL, TEXT, new_figure, plain_axes
from mobilenas.report.result import NetworkResult, RunResult

CURVE = "the front in accuracy and latency"


def front_figure(result: RunResult) -> Figure:
    """Draws all evaluated architectures; those on the front have a rim, and the chosen ones have their names."""
    figure, axes = new_figure(7.0, 4.4)
    plain_axes(axes, latency_axis(result), accuracy_axis(result))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.set(**limits(result.evaluations))
    curve = frontier(result.front)
    axes.step(*_points(curve), where="post", color=INK, linewidth=1.0, zorder=2, label=CURVE)
    params = [one.params / 1e6 for one in (*result.evaluations, *result.front)]
    colours, front = Normalize(min(params), max(params)), set(result.front)
    others = _dots(axes, [one for one in result.evaluations if one not in front], colours, 14, "none")
    others.set(label="evaluated", zorder=1)
    _dots(axes, result.front, colours, 30, INK).set(label="on the front", zorder=3)
    _scale(figure, axes, others)
    for network in result.networks:
        if network.evaluation:
            _name(axes, network, network.evaluation)
    axes.legend(loc="lower right", fontsize=SMALL, labelcolor=MUTED, edgecolor="none", framealpha=0.8)
    return figure


def accuracy_axis(result: RunResult) -> str:
    """Returns the axis title of the score."""
    return f"{result.score_name} in the search, on the split search"


def latency_axis(result: RunResult) -> str:
    """Returns the axis title: whether latency is predicted, measured or both, and for how many images."""
    measured = {one.measured for one in result.evaluations}
    kind = (
        "latency, predicted or measured,"
        if len(measured) > 1
        else f"{'measured' if True in measured else 'predicted'} latency"
    )
    return f"{kind} in ms" + (f" for {result.images_a_run} images" if result.images_a_run > 1 else "")


def frontier(front: Sequence[Evaluation]) -> list[Evaluation]:
    """Returns the members that are non-dominated in accuracy and latency alone, by rising latency."""
    return ACCURACY_LATENCY.non_dominated(front)


def limits(evaluations: Sequence[Evaluation]) -> dict[str, tuple[float, float]]:
    """Returns the ends of the axes; the empty area left of and above the curve has room for names."""
    latencies, accuracies = _points(evaluations)
    wide = max(latencies) - min(latencies) or max(latencies)
    high = max(accuracies) - min(accuracies) or 0.01
    return {
        "xlim": (min(latencies) - 0.28 * wide, max(latencies) + 0.05 * wide),
        "ylim": (min(accuracies) - 0.08 * high, max(accuracies) + 0.12 * high),
    }


def _points(evaluations: Sequence[Evaluation]) -> tuple[list[float], list[float]]:
    return [one.latency_ms for one in evaluations], [one.accuracy for one in evaluations]


def _dots(axes: Axes, members: Sequence[Evaluation], colours: Normalize, size: float, rim: str) -> PathCollection:
    params = [one.params / 1e6 for one in members]
    place = _points(members)
    return axes.scatter(*place, s=size, c=params, cmap=SCALE, norm=colours, edgecolors=rim, linewidths=0.8)


def _scale(figure: Figure, axes: Axes, dots: PathCollection) -> None:
    bar = figure.colorbar(dots, ax=axes, pad=0.02, aspect=30)
    bar.set_label("million parameters", fontsize=TEXT, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=MUTED, length=0)
    bar.outline.set_visible(False)


def _name(axes: Axes, network: NetworkResult, evaluation: Evaluation) -> None:
    point = (evaluation.latency_ms, evaluation.accuracy)
    axes.scatter(*point, s=120, facecolors="none", edgecolors=ACCENT, linewidths=1.8, zorder=4)
    axes.annotate(
        network.name,
        point,
        xytext=(-8, 8),
        textcoords="offset points",
        ha="right",
        fontsize=TEXT,
        color=ACCENT,
        weight="bold",
        parse_math=False,
        zorder=5,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )
