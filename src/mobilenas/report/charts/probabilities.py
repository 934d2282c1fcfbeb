"""Charts the probabilities that a search by gradients has learned, layer by layer over the epochs."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.report.decisions import Decision, decisions_of
from mobilenas.report.result import RunResult
from mobilenas.report.svg import box, figure, placed, text

MOST_STRIPS, MOST_COLUMNS = 30, 40
"""The most layers that are drawn, and the most epochs; a column is then the mean of several epochs."""

LEVELS = 8
"""The number of strengths of the colour."""

WIDTH, LABEL, ROW, TITLE = 240.0, 92.0, 11.0, 20.0


def probabilities_chart(result: RunResult) -> str:
    """Returns a strip for each layer, with a row for each option; an empty text where nothing was learned."""
    if not result.probabilities or result.space is None:
        return ""
    decisions = decisions_of(result.space)
    if [len(one) for one in result.probabilities[0]] != [len(one.options) for one in decisions]:
        return ""
    strips = [
        _strip(one, np.array([epoch[place] for epoch in result.probabilities]))
        for place, one in enumerate(decisions[:MOST_STRIPS])
    ]
    more = len(decisions) - len(strips)
    said = f"<p>{more} further layers are not drawn.</p>" if more > 0 else ""
    return f'<div class="strips">{"".join(strips)}</div>{said}'


def _strip(decision: Decision, shares: NDArray[np.float64]) -> str:
    """Returns the strip of a layer; ``shares`` are probabilities, ``(epochs, options)``."""
    columns = averaged(shares)
    step, height = (WIDTH - LABEL) / len(columns), TITLE + ROW * len(decision.options)
    best = int(shares[-1].argmax())
    marks = [text(0, 12, decision.title, "title")]
    marks += [
        text(LABEL - 5, TITLE + ROW * (row + 0.85), option, "best" if row == best else "option", "end")
        for row, option in enumerate(decision.options)
    ]
    marks += _levels(columns, step)
    for row, option in enumerate(decision.options):
        said = f"{decision.title}, {option}: {shares[0, row]:.3f} after epoch 1, {shares[-1, row]:.3f} at the end"
        marks.append(box(LABEL, TITLE + ROW * row, WIDTH - LABEL, ROW - 1, "unseen", said))
    return figure(WIDTH, height, marks, f"Probabilities of {decision.title} over the epochs", kind="strip")


def averaged(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns at most ``MOST_COLUMNS`` rows, each the mean of neighbouring epochs."""
    parts = np.array_split(shares, min(MOST_COLUMNS, len(shares)))
    return np.array([part.mean(axis=0) for part in parts])


def _levels(columns: NDArray[np.float64], step: float) -> Iterator[str]:
    """Yields one path for each strength of the colour, with a rectangle for each stretch of equal strength."""
    levels = np.minimum((columns.T * LEVELS).astype(int), LEVELS - 1)
    drawn: dict[int, list[str]] = {}
    for row, own in enumerate(levels.tolist()):
        for begin, end in _stretches(own):
            left, right = LABEL + step * begin, LABEL + step * end
            area = f"M{placed(left)} {placed(TITLE + ROW * row)}H{placed(right)}v{placed(ROW - 1)}H{placed(left)}z"
            drawn.setdefault(own[begin], []).append(area)
    for level, areas in sorted(drawn.items()):
        yield f'<path class="gain" fill-opacity="{(level + 0.35) / (LEVELS - 0.65):.2f}" d="{"".join(areas)}"/>'


def _stretches(levels: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields begin and end of each stretch of equal levels."""
    begin = 0
    for place in range(1, len(levels) + 1):
        if place == len(levels) or levels[place] != levels[begin]:
            yield begin, place
            begin = place
