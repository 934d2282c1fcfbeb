"""Draws the trade-off that the search found as an interactive picture."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from mobilenas.evaluation import Evaluation
from mobilenas.report.front_figure import CURVE, accuracy_axis, frontier, latency_axis, limits
from mobilenas.report.palette import ACCENT, GRID, INK, MUTED, SCALE
from mobilenas.report.result import RunResult

HEIGHT = 500  # pixels
HOVER = (
    "%{customdata[0]}<br>%{customdata[3]} %{y:.1%}, latency %{x:.3~g} ms<br>"
    "%{customdata[1]} parameters, %{customdata[2]} multiply-adds<extra></extra>"
)


def front_plot(result: RunResult) -> str:
    """Returns HTML that needs no other file; the same result always gives the same text."""
    front = set(result.front)
    figure = go.Figure()
    curve = frontier(result.front)
    line = {"color": INK, "width": 1, "shape": "hv"}
    x, y = [one.latency_ms for one in curve], [one.accuracy for one in curve]
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name=CURVE)
    others = [one for one in result.evaluations if one not in front]
    _dots(figure, others, result.score_name, "evaluated", 6, 0.0)
    _dots(figure, result.front, result.score_name, "on the front", 9, 1.0)
    _chosen(figure, result)
    _layout(figure, result)
    buttons = [["zoom2d", "pan2d", "resetScale2d"]]
    config = {"displaylogo": False, "modeBarButtons": buttons, "responsive": True}
    return str(
        figure.to_html(config, full_html=False, include_plotlyjs=True, div_id="front-plot", default_height=HEIGHT)
    )


def _dots(figure: go.Figure, members: Sequence[Evaluation], score: str, name: str, size: int, rim: float) -> None:
    figure.add_scatter(
        x=[one.latency_ms for one in members],
        y=[one.accuracy for one in members],
        mode="markers",
        name=name,
        customdata=[_about(one, score) for one in members],
        hovertemplate=HOVER,
        marker={
            "size": size,
            "color": [one.params / 1e6 for one in members],
            "coloraxis": "coloraxis",
            "line": {"width": rim, "color": INK},
        },
    )


def _about(evaluation: Evaluation, score: str, name: str = "") -> list[str]:
    architecture = " ".join(map(str, evaluation.architecture))
    title = f"<b>{escape(name)}</b> {architecture}" if name else architecture
    return [title, f"{evaluation.params:,}", f"{evaluation.macs:,}", score]


def _chosen(figure: go.Figure, result: RunResult) -> None:
    chosen = [(network.name, network.evaluation) for network in result.networks if network.evaluation]
    figure.add_scatter(
        x=[one.latency_ms for _, one in chosen],
        y=[one.accuracy for _, one in chosen],
        mode="markers+text",
        name="chosen",
        text=[f"<b>{escape(name)}</b>" for name, _ in chosen],
        textposition="top left",
        textfont={"color": ACCENT, "size": 13},
        cliponaxis=False,
        customdata=[_about(one, result.score_name, name) for name, one in chosen],
        hovertemplate=HOVER,
        marker={"size": 17, "symbol": "circle-open", "color": ACCENT, "line": {"width": 2.5}},
    )


def _layout(figure: go.Figure, result: RunResult) -> None:
    ends = limits(result.evaluations)
    axis = {"gridcolor": GRID, "zeroline": False, "automargin": True, "fixedrange": False}
    bar = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "ypad": 0, "thickness": 10, "outlinewidth": 0}
    figure.update_layout(
        template="none",
        dragmode=False,
        font={"family": "system-ui, DejaVu Sans, sans-serif", "color": MUTED, "size": 12},
        paper_bgcolor="white",
        plot_bgcolor="white",
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis=axis | {"title": {"text": latency_axis(result)}, "range": ends["xlim"]},
        yaxis=axis | {"title": {"text": accuracy_axis(result)}, "range": ends["ylim"], "tickformat": ".0%"},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        coloraxis={"colorscale": SCALE, "colorbar": bar | {"title": {"text": "million parameters", "side": "top"}}},
        hoverlabel={"bgcolor": "white", "font": {"color": INK}, "bordercolor": GRID},
    )
