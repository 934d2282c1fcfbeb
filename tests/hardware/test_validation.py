"""The error of a table, against computations by hand."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from mobilenas.hardware import Validation
from mobilenas.hardware.validation import SHRINKAGE, fit_sum

MEASURED = (2.0, 4.0, 6.0)
PREDICTED = (2.5, 4.0, 5.5)
UNCORRECTED = (3.5, 5.0, 6.5)


def test_the_error_is_the_root_mean_square_over_the_mean_measured() -> None:
    validation = Validation(MEASURED, PREDICTED, UNCORRECTED)
    assert validation.rmse_ms == pytest.approx((0.5 / 3) ** 0.5)
    assert validation.relative_rmse == pytest.approx((0.5 / 3) ** 0.5 / 4)
    assert validation.uncorrected_relative_rmse == pytest.approx((3.5 / 3) ** 0.5 / 4)


def test_kendall_tau_counts_the_pairs_in_the_right_order() -> None:
    measured, predicted = np.random.default_rng(0).random((2, 12)).tolist()
    pairs = list(combinations(range(12), 2))
    right = sum((measured[a] < measured[b]) == (predicted[a] < predicted[b]) for a, b in pairs)
    tau = (2 * right - len(pairs)) / len(pairs)
    assert Validation(measured, predicted, predicted).kendall_tau == pytest.approx(tau)
    assert Validation(MEASURED, PREDICTED, PREDICTED).kendall_tau == 1
    assert Validation(MEASURED, PREDICTED[::-1], PREDICTED).kendall_tau == -1


def test_factor_and_constant_are_the_least_squares_fit() -> None:
    rng = np.random.default_rng(0)
    summed, measured, further = rng.random(10) + 5, rng.random(10) + 4, rng.integers(5, 9, 10)

    def loss(given: NDArray[np.float64]) -> float:
        factor, constant_ms = given
        errors_ms = factor * summed - constant_ms * further - measured
        return float(errors_ms @ errors_ms + (SHRINKAGE * measured.mean() * (factor - 1)) ** 2)

    np.testing.assert_allclose(fit_sum(summed, measured, further), minimize(loss, [1.0, 0.0]).x, rtol=1e-3)


def test_both_are_found_where_networks_tell_them_apart() -> None:
    summed, further = np.linspace(4, 9, 10), np.arange(10) % 3 + 5
    factor, constant_ms = fit_sum(summed, 0.7 * summed - 0.2 * further, further)
    assert factor == pytest.approx(0.7, abs=0.01)
    assert constant_ms == pytest.approx(0.2, abs=0.01)


def test_networks_that_are_all_alike_leave_the_factor_at_1() -> None:
    further = np.full(10, 6)
    assert fit_sum(np.full(10, 5.0), np.full(10, 3.2), further) == (pytest.approx(1.0), pytest.approx(0.3))


def test_noise_does_not_make_wider_layers_faster() -> None:
    factor, constant_ms = fit_sum([50, 60, 70, 80], [4, 3, 2, 1], [5] * 4)
    assert factor == pytest.approx(1 / 3)
    assert constant_ms == pytest.approx(np.mean([50 / 3 - 4, 60 / 3 - 3, 70 / 3 - 2, 80 / 3 - 1]) / 5)


def test_a_constant_is_not_below_0() -> None:
    summed, further = np.linspace(4, 9, 10), np.arange(10) % 3 + 5
    factor, constant_ms = fit_sum(summed, summed + 0.05 * further, further)
    assert constant_ms == 0
    assert factor == pytest.approx(np.mean((summed + 0.05 * further) / summed), abs=0.01)


def test_a_network_of_one_piece_pays_no_constant_but_its_own() -> None:
    assert fit_sum([5.0, 6.0], [5.0, 6.0], [0, 0]) == (pytest.approx(1.0), 0.0)


def test_a_file_holds_the_validation_exactly_and_its_error_in_words(tmp_path: Path) -> None:
    validation = Validation((0.1 + 0.2, 1 / 3), (0.3, 0.4), (1e-17, 2.0))
    validation.save(tmp_path / "validation.csv")
    assert Validation.load(tmp_path / "validation.csv") == validation
    lines = (tmp_path / "validation.csv").read_text().splitlines()
    assert lines[0] == "# validation_networks: 2"
    assert f"# relative_rmse: {validation.relative_rmse:.4g}" in lines


def test_no_networks_are_no_validation(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="for each network"):
        Validation((), (), ())
    (tmp_path / "validation.csv").write_text("measured_ms,predicted_ms,uncorrected_ms\n")
    with pytest.raises(ValueError, match=r"validation\.csv has no row: it must have at least one network"):
        Validation.load(tmp_path / "validation.csv")
