"""Charts points of accuracy per millisecond of every layer's choice."""

from collections.abc import Iterator, Sequence
from html import escape
from math import floor, log10

import numpy as np

from mobilenas.report.decisions import Decision, decisions_of
from mobilenas.report.option_latency import options_ms_of
from mobilenas.report.result import RunResult
from mobilenas.report.svg import box, figure, text
from mobilenas.report.units import significant
from mobilenas.report.worth import OptionWorth, Worth, worth_of

MOST_DECISIONS = 40
"""The most decisions that are drawn."""

WIDTH, LABEL, HEAD, ROW, LETTER = 480.0, 12.0, 24.0, 22.0, 6.4
STRENGTHS = (0.3, 1.0)
"""The strength of the colour of the smallest and the largest worth."""


def worth_chart(result: RunResult) -> str:
    """Returns a table of colours, a column for each decision and a row for each option, with all figures below it.

    Where the worth is not known, a sentence says why; without a search the text is empty.
    """
    if len(result.evaluations) < 2 or result.adapted or result.space is None:
        return ""
    try:
        found = worth_of(options_ms_of(result.space, result.table), result.evaluations)
    except ValueError as error:
        return f"<p>The worth of the choices is not shown, because {escape(str(error))}</p>"
    decisions = decisions_of(result.space)
    picture = _picture(decisions, found) if len(decisions) <= MOST_DECISIONS else ""
    return f"<p>{escape(_words(found))}</p>{picture}{_list(decisions, found)}"


def _words(found: Worth) -> str:
    return (
        f"The regression was fitted to {found.evaluations:,} evaluations, and explains {found.r2:.0%} of the variance"
        " of the accuracies that had no part in its fit (R² by cross-validation)."
    )


def _picture(decisions: Sequence[Decision], found: Worth) -> str:
    labels = list(dict.fromkeys(label for one in decisions for label in one.options))
    left = LABEL + LETTER * max(map(len, labels))
    column = (WIDTH - left) / len(decisions)
    marks = [text(left - 6, HEAD + ROW * (row + 0.7), label, "row", "end") for row, label in enumerate(labels)]
    strongest = _strongest(found)
    for place, (decision, options) in enumerate(zip(decisions, found.options, strict=True)):
        place_name = decision.title.removeprefix("layer ")
        marks.append(text(left + column * (place + 0.5), 14, place_name, "small", "middle"))
        for one in options:
            x, y = left + column * place, HEAD + ROW * labels.index(decision.options[one.option])
            marks += _cell(decision, one, (x, y, column - 2, ROW - 2), strongest)
    key = [
        ("gain", f"more accurate; full colour: {_two_digits(100 * strongest)} points a ms or more"),
        ("loss", "less accurate"),
        ("empty", "not clear, or not evaluated"),
    ]
    label = "Points of accuracy per millisecond, a column for each layer and a row for each option"
    return figure(WIDTH, HEAD + ROW * len(labels), marks, label, key)


def _cell(
    decision: Decision, one: OptionWorth, place: tuple[float, float, float, float], strongest: float
) -> Iterator[str]:
    left, top, width, height = place
    said = f"{decision.title}, {decision.options[one.option]}: {_said(one)}"
    worth = one.gain_per_ms
    if worth is None and not one.error:
        yield box(left, top, width, height, "base", said)
        yield text(left + width / 2, top + height / 2 + 4, "0", "small", "middle")
    elif worth is None or not one.is_clear:
        yield box(left, top, width, height, "empty", said)
    else:
        weak, strong = STRENGTHS
        strength = weak + (strong - weak) * min(1.0, abs(worth) / strongest)
        yield box(left, top, width, height, "gain" if worth > 0 else "loss", said, strength)


def _said(one: OptionWorth) -> str:
    if not one.error:
        return "the fastest option of its layer"
    gain = f"{one.cost_ms:+.4f} ms, {100 * one.gain:+.2f} ± {100 * one.error:.2f} points"
    rate = "" if one.gain_per_ms is None else f", {100 * one.gain_per_ms:+.4g} points a ms"
    return f"{gain}{rate}, in {one.count} evaluations"


def _strongest(found: Worth) -> float:
    """Returns the accuracy for a millisecond that has the full colour: few clear ones are above it."""
    rates = [abs(one.gain_per_ms) for options in found.options for one in options if one.gain_per_ms and one.is_clear]
    return float(np.quantile(rates, 0.9)) if rates else 1.0


def _two_digits(figure: float) -> str:
    digits = max(0, floor(log10(figure)) - 1)
    return f"{round(figure, -digits):,.0f}" if figure >= 10 else significant(figure, 2)


def _list(decisions: Sequence[Decision], found: Worth) -> str:
    """Returns all clear choices as a table, the one of most accuracy for a millisecond first."""
    clear = [
        (one.gain_per_ms, decision, one)
        for decision, options in zip(decisions, found.options, strict=True)
        for one in options
        if one.is_clear and one.gain_per_ms is not None
    ]
    if not clear:
        return "<p>No choice changes the accuracy by more than two standard errors.</p>"
    clear.sort(key=lambda entry: -entry[0])
    rows = "".join(_line(decision, one) for _, decision, one in clear)
    titles = "".join(f'<th scope="col">{title}</th>' for title in ("choice", *TITLES))
    return (
        f"<details><summary>All clear choices in figures</summary><table><thead><tr>{titles}</tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


TITLES = ("latency, ms", "accuracy, points", "points per ms", "evaluations")


def _line(decision: Decision, one: OptionWorth) -> str:
    assert one.gain_per_ms is not None
    figures = (
        f"{one.cost_ms:+.4f}",
        f"{100 * one.gain:+.2f} ± {100 * one.error:.2f}",
        f"{100 * one.gain_per_ms:+.4g}",
        str(one.count),
    )
    cells = "".join(f'<td data-title="{title}">{said}</td>' for title, said in zip(TITLES, figures, strict=True))
    name = f"{decision.options[one.option]}<small>{decision.title}</small>"
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'
