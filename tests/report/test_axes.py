"""The axes of charts: round figures at their ticks, within their ends."""

from math import log10

import numpy as np
import pytest

from mobilenas.report.axes import STEPS, Axis

RANDOM = np.random.default_rng(0)
ENDS = [
    (low, low + 10.0 ** RANDOM.uniform(-6, 6)) for low in (0.0, -1.0, 0.7, 1e-3, 12345.0) for _ in range(40)
]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), [*ENDS, (0.0, 1.0), (0.0, 10.0), (-1.0, 1.0), (0.0, 1e-5)])
def test_ticks_are_round_figures_within_the_ends(low: float, high: float) -> None:
    ticks = Axis("ms", low, high).ticks
    steps = np.diff(ticks)
    slack = 1e-6 * (high - low)
    assert 3 <= len(ticks) <= 8
    assert low - slack <= min(ticks) and max(ticks) <= high + slack
    assert np.allclose(steps, steps[0])
    assert min(abs(steps[0] / 10.0 ** np.floor(log10(steps[0]) + 1e-9) - step) for step in STEPS) < 1e-6
    assert np.allclose(np.divide(ticks, steps[0]), np.round(np.divide(ticks, steps[0])), atol=1e-6)


@pytest.mark.parametrize(("low", "high"), ENDS)
@pytest.mark.parametrize("as_percent", [False, True])
def test_labels_say_the_ticks_exactly(low: float, high: float, as_percent: bool) -> None:
    axis = Axis("ms", low, high, as_percent)
    said = [float(label.removesuffix("%")) / (100 if as_percent else 1) for label in axis.labels]
    assert said == pytest.approx(axis.ticks, rel=1e-9, abs=1e-9 * (high - low))
    assert all(label.endswith("%") == as_percent for label in axis.labels)
    assert len(set(axis.labels)) == len(axis.labels)
    assert not any(label.lstrip("-").strip("0.%") == "" and label.startswith("-") for label in axis.labels)


def test_labels_have_no_more_decimals_than_their_distance_needs() -> None:
    assert Axis("ms", 0.0, 1.0).labels == ("0.0", "0.2", "0.4", "0.6", "0.8", "1.0")
    assert Axis("ms", 0.0, 1.0, as_percent=True).labels == ("0%", "20%", "40%", "60%", "80%", "100%")
    assert Axis("ms", 0.0, 1.25).labels == ("0.00", "0.25", "0.50", "0.75", "1.00", "1.25")
    assert Axis("images", 0.0, 2000.0).labels == ("0", "500", "1000", "1500", "2000")


@pytest.mark.parametrize("figures", [[1.0], [0.0, 0.0], [-3.0, 2.0], [1e-9, 2e-9]])
def test_an_axis_around_figures_has_all_of_them_within_its_ends(figures: list[float]) -> None:
    axis = Axis.around("ms", figures)
    assert axis.low < min(figures) and max(figures) < axis.high


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (0.0, float("inf")), (float("nan"), 1.0)])
def test_an_axis_without_a_range_is_an_error(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="two finite ends"):
        Axis("ms", low, high)
