"""The chart of points per millisecond: a cell for each option, and sentences where nothing is known."""

import re
from dataclasses import replace

import numpy as np

from mobilenas.evaluation import Evaluation
from mobilenas.hardware import LatencyTable
from mobilenas.report import RunResult
from mobilenas.report.charts.worth_of_layers import worth_chart
from mobilenas.report.decisions import decisions_of
from mobilenas.report.option_latency import options_ms_of
from mobilenas.report.worth import Worth, worth_of
from mobilenas.search_space import ProxylessCifar
from tests.report.charts.reading import of_class, parsed, titles, words


def additive(result: RunResult) -> RunResult:
    """The same search, whose accuracy is a sum over the decisions."""
    told = tuple(
        replace(one, accuracy=0.5 + sum(0.01 * option / (1 + place) for place, option in enumerate(one.architecture)))
        for one in result.evaluations
    )
    return replace(result, evaluations=told)


def worth(run: RunResult) -> Worth:
    return worth_of(options_ms_of(run.space, run.table), run.evaluations)


def test_each_option_has_a_cell_with_its_figures(result: RunResult) -> None:
    run = additive(result)
    drawn, found = worth_chart(run), worth(run)
    cells = [one for one in parsed(drawn).iter("rect") if one.get("class") in ("gain", "loss", "empty", "base")]
    assert len(cells) == sum(map(len, found.options))
    said = titles(drawn)
    assert run.space
    for decision, options in zip(decisions_of(run.space), found.options, strict=True):
        for one in options:
            (title,) = [text for text in said if text.startswith(f"{decision.title}, {decision.options[one.option]}: ")]
            if one.error:
                figures = [float(text) for text in re.findall(r"[-+]\d+(?:\.\d+)?(?:e[-+]\d+)?", title)]
                assert abs(figures[0] - one.cost_ms) < 1e-4 and abs(figures[1] - 100 * one.gain) < 0.01
    assert len(of_class(drawn, "rect", "base")) == len(found.options)


def test_a_colour_is_only_for_what_is_clear(result: RunResult) -> None:
    run = additive(result)
    drawn, found = worth_chart(run), worth(run)
    clear = [one for options in found.options for one in options if one.is_clear]
    assert clear
    assert len(of_class(drawn, "rect", "gain")) == sum(one.gain > 0 for one in clear)
    assert len(of_class(drawn, "rect", "loss")) == sum(one.gain < 0 for one in clear)
    assert len(list(parsed(drawn).iter("tr"))) == 1 + len(clear)


def test_the_page_says_how_well_the_regression_predicts(result: RunResult) -> None:
    run = additive(result)
    found = worth(run)
    said = " ".join(words(worth_chart(run)))
    assert f"150 evaluations, and explains {found.r2:.0%}" in said and "cross-validation" in said


def test_a_sentence_stands_for_what_is_not_known(result: RunResult) -> None:
    few = replace(result, evaluations=result.evaluations[:5])
    assert words(worth_chart(few)) == [
        "The worth of the choices is not shown, because there are 5 evaluations, fewer than 30."
    ]
    flat = replace(result, evaluations=tuple(replace(one, accuracy=0.5) for one in result.evaluations))
    assert "no better than their mean" in worth_chart(flat)
    assert worth_chart(replace(result, space=None)) == worth_chart(replace(result, adapted=True)) == ""


def test_a_space_of_very_many_decisions_has_figures_alone(result: RunResult) -> None:
    run, many = additive(result), ProxylessCifar(blocks=3, channels=32).space(10, 16)
    drawn = many.sample(100, np.random.default_rng(0)).tolist()
    told = tuple(Evaluation(tuple(one), 0.5 + 0.05 * one[0], 1.0, 1, 1) for one in drawn)
    table = LatencyTable({layer.key: 0.01 + layer.macs / 1e7 for layer in many.pieces})
    drawn = worth_chart(replace(run, space=many, table=table, evaluations=told))
    assert not list(parsed(drawn).iter("svg")) and list(parsed(drawn).iter("table"))
