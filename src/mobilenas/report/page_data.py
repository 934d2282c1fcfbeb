"""The data of the interactive pictures, as short as JSON can be without compression.

An architecture is a row of digits in base 36, and all architectures are one text: a decision needs one digit, or two if
it has more than 36 options. The columns of figures are lists, in the order in which the search evaluated.
"""

import json
from collections.abc import Sequence

from mobilenas.report.architecture_data import architecture_data
from mobilenas.report.front_figure import CURVE, accuracy_axis, latency_axis
from mobilenas.report.network_data import baseline_data, network_data
from mobilenas.report.paths import DrawnLayers
from mobilenas.report.result import RunResult
from mobilenas.report.retraining import PLACE, retraining_command

DIGITS = 6
"""The significant digits of a figure; of an accuracy on 359 or 50,000 images no more is known."""


def page_data(result: RunResult) -> dict[str, object]:
    """Returns everything that the scripts of the page draw, as plain values by name."""
    evaluations = list(dict.fromkeys((*result.evaluations, *result.front)))
    places = {one: place for place, one in reversed(list(enumerate(evaluations)))}
    drawn = DrawnLayers(result.table)
    architectures = architecture_data(result.space, [one.architecture for one in evaluations], drawn)
    networks = [network_data(one, result, places, drawn) for one in result.networks]
    return {
        "words": _words(result),
        "count": len(evaluations),
        "accuracy": [figure_of(one.accuracy) for one in evaluations],
        "latency": [figure_of(one.latency_ms) for one in evaluations],
        "params": [one.params for one in evaluations],
        "macs": [one.macs for one in evaluations],
        "measured": [place for place, one in enumerate(evaluations) if one.measured],
        "front": [places[one] for one in result.front],
        "target": result.target_ms,
        "overhead": result.table.overhead_ms if result.table else None,
        "networks": networks,
        "baselines": [baseline_data(one) for one in result.baselines],
        "command": _command(result),
        "place": PLACE,
        "cells": [list(_plain(cell.__dict__)) for cell in drawn.all],
    } | architectures


def as_json(data: object) -> str:
    """Returns JSON that can stand within a script: no tag begins or ends in it."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def figure_of(value: float) -> float:
    """Returns a figure with ``DIGITS`` significant digits."""
    return float(f"{value:.{DIGITS}g}")


def _plain(fields: dict[str, object]) -> Sequence[object]:
    return [figure_of(value) if isinstance(value, float) else value for value in fields.values()]


def _words(result: RunResult) -> dict[str, str]:
    return {
        "score": result.score_name,
        "accuracy": accuracy_axis(result),
        "latency": latency_axis(result),
        "curve": CURVE,
    }


def _command(result: RunResult) -> str | None:
    """Returns the command that trains one architecture; None where a program or NetAdapt made the run."""
    return None if result.adapted or result.command is None else retraining_command(result.command)
