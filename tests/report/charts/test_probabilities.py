"""Strips of the probabilities that a search by gradients has learned."""

from dataclasses import replace

import numpy as np
import pytest

from mobilenas.report import RunResult
from mobilenas.report.charts.probabilities import LEVELS, averaged, probabilities_chart
from tests.report.charts.reading import of_class, parsed, titles, words


def learned(result: RunResult, epochs: int) -> RunResult:
    """The first option of each layer becomes certain."""
    assert result.space
    shares = np.linspace(0, 1, epochs)
    every = tuple(
        tuple(
            tuple(((1 - share) / count + share * (option == 0)) for option in range(count))
            for count in result.space.options
        )
        for share in shares.tolist()
    )
    return replace(result, probabilities=every)


def test_each_layer_has_a_strip_with_a_row_for_each_option(result: RunResult) -> None:
    assert result.space
    drawn = probabilities_chart(learned(result, 20))
    assert len(list(parsed(drawn).iter("svg"))) == len(result.space.options)
    assert len(titles(drawn)) == sum(result.space.options)
    assert titles(drawn)[0].endswith("0.083 after epoch 1, 1.000 at the end")
    assert [one.text for one in of_class(drawn, "text", "best")] == ["E3 K3"] * len(result.space.options)


def test_the_strengths_cover_every_row_over_all_epochs_once(result: RunResult) -> None:
    drawn = probabilities_chart(learned(result, 20))
    first = next(parsed(drawn).iter("svg"))
    areas = [area for path in first.iter("path") for area in (path.get("d") or "").split("z") if area]
    wide = 0.0
    for area in areas:
        left, right = area[1:].split(" ")[0], area.split("H")[1].split("v")[0]
        wide += float(right) - float(left)
    assert result.space
    assert wide == pytest.approx((240 - 92) * result.space.options[0], rel=0.01)
    assert len({path.get("fill-opacity") for path in first.iter("path")}) <= LEVELS


def test_many_epochs_are_averaged_and_stay_small(result: RunResult) -> None:
    assert averaged(np.arange(90.0)[:, None]).ravel().tolist()[:2] == [1.0, 4.0]
    assert len(probabilities_chart(learned(result, 300))) < 150_000


def test_nothing_is_drawn_where_nothing_was_learned(result: RunResult) -> None:
    assert probabilities_chart(result) == ""
    assert probabilities_chart(replace(learned(result, 3), space=None)) == ""


def test_one_epoch_is_enough(result: RunResult) -> None:
    assert "layer 2" in words(probabilities_chart(learned(result, 1)))
