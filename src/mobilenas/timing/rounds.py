"""Measures many pieces in interleaved rounds on one core, so that a busy machine disturbs all of them equally."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from statistics import median
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from mobilenas.settings import Milliseconds, Positive, settings
from mobilenas.timing.drift import Visit, without_drift

TimedRun = Callable[[], float]
"""Runs a prepared piece once and returns the milliseconds that it took."""

OnProgress = Callable[[str, int, int], None]
"""Is told the current work, how much of it is done, and how much there is."""


@settings
class Timing:
    """How often pieces run, and at which speed of the device their latency is stated.

    Args:
        rounds: number of visits to every piece
        visit_ms: duration of a visit; it runs its pieces at least twice, and its first quarter only warms up
        percentile: percentile of the device's slowness over all visits at which latency is stated; 0 is its fastest
            moment
    """

    rounds: Positive
    visit_ms: Milliseconds
    percentile: Annotated[float, Ge(0), Le(100)]


def silent(doing: str, done: int, total: int) -> None:
    """Tells nobody."""


def interleaved(
    runs: Sequence[TimedRun],
    visits: Callable[[np.random.Generator], list[Visit]],
    timing: Timing,
    rng: np.random.Generator,
    on_progress: OnProgress = silent,
) -> NDArray[np.float64]:
    """Returns the milliseconds of each piece.

    Args:
        runs: the pieces
        visits: draws the visits of a round; together they visit every piece
        timing: the number of rounds, and the speed of the device
        rng: draws the visits and their order
        on_progress: is told after each round

    Returns:
        ``(pieces,)``
    """
    order: list[Visit] = []
    times_ms: list[list[float]] = []
    with pinned():
        for done in range(timing.rounds):
            drawn = visits(rng)
            for index in rng.permutation(len(drawn)):
                order.append(drawn[index])
                times_ms.append(_visit([runs[piece] for piece in drawn[index]], timing.visit_ms))
            on_progress("measuring", done + 1, timing.rounds)
    return without_drift(order, times_ms, timing.percentile)


def in_turns(
    runs: Sequence[TimedRun], timing: Timing, rng: np.random.Generator, on_progress: OnProgress = silent
) -> NDArray[np.float64]:
    """Returns the milliseconds of each piece, ``(pieces,)``: ``interleaved`` with a separate visit for each piece."""
    alone: list[Visit] = [(place,) for place in range(len(runs))]
    return interleaved(runs, lambda _: alone, timing, rng, on_progress)


def clock_ns(threads: int) -> Callable[[], int]:
    """Returns a clock: the thread's own time if one thread does the work, otherwise wall-clock time.

    If nothing else uses the core, both are equal. On a busy core, the thread's own time leaves out other work.
    """
    return time.thread_time_ns if threads == 1 and sys.platform == "linux" else time.perf_counter_ns


@contextmanager
def pinned() -> Iterator[None]:
    """Keeps the calling thread on one core, if the system allows it."""
    if sys.platform != "linux":
        yield
        return
    allowed = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, allowed)


def _visit(runs: Sequence[TimedRun], visit_ms: float) -> list[float]:
    """Returns the median time of each piece, over turns in which all pieces run one after the other."""
    turns: list[list[float]] = []
    passed_ms = 0.0
    while len(turns) < 2 or passed_ms < visit_ms:
        turns.append([run() for run in runs])
        passed_ms += sum(turns[-1])
    return [median(times) for times in zip(*turns[max(1, len(turns) // 4) :], strict=True)]
