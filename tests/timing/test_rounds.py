"""Pieces are run in interleaved rounds, on one core."""

import os
import sys

import numpy as np
import pytest

from mobilenas.timing import Timing
from mobilenas.timing.drift import Visit
from mobilenas.timing.rounds import TimedRun, clock_ns, interleaved, pinned

VISITS: list[Visit] = [(0, 1), (2,)]


def recorded(times_ms: list[float], log: list[int]) -> list[TimedRun]:
    def run(piece: int) -> float:
        log.append(piece)
        return times_ms[piece]

    return [lambda piece=piece: run(piece) for piece in range(len(times_ms))]


def test_the_time_of_each_piece_is_found() -> None:
    found = interleaved(recorded([1.0, 2.0, 4.0], []), lambda _: VISITS, Timing(3, 0.1, 10), np.random.default_rng(0))
    np.testing.assert_allclose(found.times_ms, [1.0, 2.0, 4.0], rtol=1e-9)
    np.testing.assert_allclose(found.slowness, np.ones(6), rtol=1e-9)


def test_all_pieces_are_visited_in_every_round_and_in_changing_order() -> None:
    log: list[int] = []
    interleaved(recorded([1.0, 2.0, 4.0], log), lambda _: VISITS, Timing(20, 0.1, 10), np.random.default_rng(0))
    rounds = [tuple(log[begin : begin + 6]) for begin in range(0, len(log), 6)]
    assert len(rounds) == 20
    assert set(rounds) == {(0, 1, 0, 1, 2, 2), (2, 2, 0, 1, 0, 1)}


def test_a_visit_lasts_as_long_as_it_shall() -> None:
    log: list[int] = []
    interleaved(recorded([1.0, 1.0, 4.0], log), lambda _: VISITS, Timing(1, 20.0, 10), np.random.default_rng(0))
    assert (log.count(0), log.count(1), log.count(2)) == (10, 10, 5)


def test_the_first_quarter_of_a_visit_only_warms_up() -> None:
    cold = iter([9.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    found = interleaved([lambda: next(cold)], lambda _: [(0,)], Timing(1, 24.0, 10), np.random.default_rng(0))
    assert found.times_ms.tolist() == [1.0]


def test_progress_is_told_after_each_round() -> None:
    told: list[tuple[str, int, int]] = []
    interleaved(
        recorded([1.0, 2.0, 4.0], []),
        lambda _: VISITS,
        Timing(2, 0.1, 10),
        np.random.default_rng(0),
        lambda *progress: told.append(progress),
    )
    assert told == [("measuring", 1, 2), ("measuring", 2, 2)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins threads")
def test_the_thread_is_pinned_to_one_core_and_released() -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(KeyError), pinned():
        assert len(os.sched_getaffinity(0)) == 1
        raise KeyError
    assert os.sched_getaffinity(0) == before


def test_a_clock_does_not_run_backwards() -> None:
    for threads in (1, 2):
        now = clock_ns(threads)
        readings = [now() for _ in range(1000)]
        assert readings == sorted(readings)


@pytest.mark.parametrize(
    ("rounds", "visit_ms", "percentile", "message"),
    [
        (0, 1.0, 10.0, "Timing: rounds must be a whole number, 1 or more, not 0"),
        (1, 0.0, 10.0, "Timing: visit_ms must be a number above 0"),
        (1, 1.0, 101.0, "Timing: percentile must be a number from 0 to 100, not 101.0"),
    ],
)
def test_impossible_settings_are_refused(rounds: int, visit_ms: float, percentile: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Timing(rounds, visit_ms, percentile)
