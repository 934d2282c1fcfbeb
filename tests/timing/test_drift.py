"""Latencies that are the same whatever else the device does meanwhile."""

import numpy as np
import pytest

from mobilenas.timing.drift import Visit, slowness, without_drift

BASE_MS = np.array([0.5, 1.0, 2.0, 3.0, 5.0, 8.0])
LAP: Visit = (0, 1, 2)


def visits_in(rounds: int, rng: np.random.Generator) -> list[Visit]:
    """Three pieces in a lap, three by themselves, in a new order in each round."""
    drawn: list[Visit] = [LAP, (3,), (4,), (5,)]
    return [drawn[index] for _ in range(rounds) for index in rng.permutation(len(drawn))]


def test_a_steady_device_gives_the_times_as_they_are() -> None:
    visits = visits_in(3, np.random.default_rng(0))
    times = [BASE_MS[list(visit)].tolist() for visit in visits]
    np.testing.assert_allclose(without_drift(visits, times, 10), BASE_MS, rtol=1e-9)


def test_a_phase_in_which_all_is_slower_is_taken_out() -> None:
    rng = np.random.default_rng(0)
    visits = visits_in(40, rng)
    slowness = np.where(np.arange(len(visits)) // 12 % 2 == 0, 1.0, 1.7)
    times = [(BASE_MS[list(visit)] * slow).tolist() for visit, slow in zip(visits, slowness, strict=True)]
    np.testing.assert_allclose(without_drift(visits, times, 10), BASE_MS, rtol=0.01)


def test_noise_of_single_runs_averages_out() -> None:
    rng = np.random.default_rng(0)
    visits = visits_in(400, rng)
    times = [(BASE_MS[list(visit)] * rng.lognormal(0, 0.05, len(visit))).tolist() for visit in visits]
    found = without_drift(visits, times, 50)
    np.testing.assert_allclose(found / found[0], BASE_MS / BASE_MS[0], rtol=0.02)


def test_latency_is_that_of_the_fastest_moments() -> None:
    visits = visits_in(10, np.random.default_rng(0))
    slowness = np.where(np.arange(len(visits)) < 20, 1.0, 2.0)
    times = [(BASE_MS[list(visit)] * slow).tolist() for visit, slow in zip(visits, slowness, strict=True)]
    np.testing.assert_allclose(without_drift(visits, times, 0), BASE_MS, rtol=0.02)
    np.testing.assert_allclose(without_drift(visits, times, 100), 2 * BASE_MS, rtol=0.02)


def test_the_slowness_of_each_visit_is_told() -> None:
    visits: list[Visit] = [LAP, (3,), (5,), LAP]
    slow = [1.0, 2.0, 0.5, 1.5]
    times = [(BASE_MS[list(visit)] * factor).tolist() for visit, factor in zip(visits, slow, strict=True)]
    np.testing.assert_allclose(slowness(visits, times, BASE_MS), slow, rtol=1e-12)


def test_a_time_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="a time that is not above 0"):
        without_drift([(0,)], [[0.0]], 10)
