"""The picture of which classes a network takes for which."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection

from mobilenas.commands.confusion_figure import LISTED, LONGEST, MOST_NAMED, confusion_figure, mistakes
from mobilenas.report.palette import png


def _counts(classes: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 3, (classes, classes)) + np.diag(np.full(classes, 20))


def _texts(classes: int, present: list[int]) -> list[str]:
    names = [f"${number}_long" for number in range(classes)]  # no mathematics
    figure = confusion_figure(_counts(classes), names, present)
    assert png(figure).startswith(b"\x89PNG")
    axes = figure.axes[0]
    return [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts)]


@pytest.mark.parametrize("classes", [2, 5, MOST_NAMED])
def test_few_classes_have_names_and_numbers(classes: int) -> None:
    texts = _texts(classes, list(range(classes)))
    assert texts[: 2 * classes] == 2 * [f"${number}_long" for number in range(classes)]
    assert texts[2 * classes :] == [str(count) for count in _counts(classes).flatten() if count]


def test_classes_without_images_are_the_last_column() -> None:
    texts, counts = _texts(8, [1, 4]), _counts(8)
    assert texts[:5] == ["$1_long", "$4_long", "other classes", "$1_long", "$4_long"]
    cells = [count for row in (1, 4) for count in (counts[row, 1], counts[row, 4], counts[row].sum())]
    cells[2], cells[5] = cells[2] - cells[0] - cells[1], cells[5] - cells[3] - cells[4]
    assert texts[5:] == [str(cell) for cell in cells if cell]


def test_of_many_classes_each_pair_is_a_dot() -> None:
    counts = _counts(200)
    figure = confusion_figure(counts, [str(number) for number in range(200)], list(range(200)))
    dots = [one for one in figure.axes[0].collections if isinstance(one, PathCollection)]
    assert [len(one.get_offsets()) for one in dots] == [int((counts > 0).sum()) - 200, 200]
    assert len(figure.axes[1].texts) == LISTED


def test_mistakes_are_told_by_their_number() -> None:
    counts = np.array([[9, 1, 0], [0, 5, 0], [4, 0, 2]])
    assert mistakes(counts, ["cat", "dog", "x" * 99 + "end"]) == [
        f"{'x' * (LONGEST // 2 - 1)}…{'x' * (LONGEST // 2 - 3)}end as cat: 4 of 6",
        "cat as dog: 1 of 10",
    ]
