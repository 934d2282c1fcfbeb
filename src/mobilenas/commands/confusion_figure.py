"""Draws which classes a network takes for which."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mobilenas.report.palette import ACCENT, BLUE, DPI, GRID, INK, MUTED, SMALL, TEXT, new_figure, plain_axes

OTHERS = "other classes"

MOST_NAMED = 30
"""The most classes whose names and numbers are drawn; of more, each pair is a dot, with a list of mistakes beside."""

LISTED, LONGEST = 24, 28  # mistakes in the list, and letters of a name
RIGHT, DARK = BLUE, 0.6  # colour of right answers, and the share above which text is white


def confusion_figure(counts: NDArray[np.int64], names: Sequence[str], present: Sequence[int]) -> Figure:
    """Returns a picture of the numbers of images by true class and predicted class.

    Classes without images are one column, the last.

    Args:
        counts: the numbers, ``(classes, classes)``
        names: names of the classes
        present: the classes that have images
    """
    among = counts[np.ix_(present, present)]
    shown = [_short(names[one]) for one in present]
    columns = shown
    if len(present) < len(names):
        among = np.hstack([among, counts[present].sum(1, keepdims=True) - among.sum(1, keepdims=True)])
        columns = [*shown, OTHERS]
    if len(columns) <= MOST_NAMED:
        return _named(among, shown, columns)
    return _dotted(among, OTHERS in columns[-1:], mistakes(counts, names))


def mistakes(counts: NDArray[np.int64], names: Sequence[str]) -> list[str]:
    """Returns the most frequent mistakes in words, the most frequent one first."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:LISTED]
    pairs = [(int(flat) // len(names), int(flat) % len(names)) for flat in order]
    return [
        f"{_short(names[row])} as {_short(names[column])}: {wrong[row, column]:,} of {counts[row].sum():,}"
        for row, column in pairs
        if wrong[row, column]
    ]


def _named(counts: NDArray[np.int64], rows: Sequence[str], columns: Sequence[str]) -> Figure:
    side = 0.42 * len(columns)
    figure, axes = new_figure(2.6 + side, 1.8 + 0.42 * len(rows))
    shares = counts / counts.sum(1, keepdims=True)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > DARK else INK
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=SMALL, color=colour)
    plain_axes(axes, "predicted class", "true class")
    axes.grid(False)
    axes.set_xticks(range(len(columns)), columns, rotation=90, parse_math=False)
    axes.set_yticks(range(len(rows)), rows, parse_math=False)
    return figure


def _dotted(counts: NDArray[np.int64], has_others: bool, words: Sequence[str]) -> Figure:
    figure = Figure((12, 8), DPI, facecolor="white", layout="constrained")
    dots, beside = figure.subplots(1, 2, width_ratios=(2.2, 1))
    shares = counts / counts.sum(1, keepdims=True)
    place = np.nonzero(counts)
    is_right = place[0] == place[1]
    plain_axes(dots, "predicted class" + ", the last column: classes without images" * has_others, "true class")
    for chosen, colour, least in ((~is_right, ACCENT, 9.0), (is_right, RIGHT, 3.0)):
        row, column = (one[chosen] for one in place)
        area = max(least, (330 / counts.shape[1]) ** 2)  # in points: a cell, or what an eye can see
        opacity = 0.3 + 0.7 * shares[row, column]
        dots.scatter(column, row, s=area, marker="s", color=colour, alpha=opacity, linewidths=0)
    margin = len(counts) / 100
    dots.set_xlim(-margin, counts.shape[1] + margin)
    dots.set_ylim(len(counts) + margin, -margin)
    dots.set_title("blue: right, red: mistakes; the stronger, the more often", fontsize=TEXT, color=MUTED)
    _list(beside, words)
    return figure


def _list(axes: Axes, words: Sequence[str]) -> None:
    axes.axis("off")
    axes.set_title("most frequent mistakes" if words else "no mistakes", fontsize=TEXT, color=INK, loc="left")
    for number, said in enumerate(words, 1):
        height = 1 - number / (LISTED + 1)
        axes.text(0, height, said, fontsize=SMALL, color=INK, transform=axes.transAxes, parse_math=False)
        axes.axhline(height - 0.01, color=GRID, linewidth=0.5)


def _short(name: str) -> str:
    """Returns a name with its middle left out if it is long: names of classes often differ only at their end."""
    half = LONGEST // 2
    return name if len(name) <= LONGEST else f"{name[: half - 1]}…{name[-half:]}"
