"""Measures many pieces in interleaved rounds on one core, so that a busy machine disturbs all of them equally."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from statistics import median
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from mobilenas.settings import Milliseconds, Minutes, NonNegative, Positive, settings
from mobilenas.timing.drift import Visit, slowness, without_drift
from mobilenas.timing.journal import Journal

TimedRun = Callable[[], float]
"""Runs a prepared piece once and returns the milliseconds that it took."""

VisitRuns = Callable[[Sequence[TimedRun], float], list[float]]
"""Runs some prepared pieces in turn for some milliseconds, and returns the time of each."""

Clock = Literal["processor", "wall"]
"""What is counted where one thread does the work: the time that it has the processor, or the time that passes."""

LEAST_ROUNDS = 3  # a median of fewer is no median

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
        minutes: no round begins after this time, if three are complete; null sets no bound
        rest_s: seconds of rest after each round, in which a device cools down
    """

    rounds: Positive
    visit_ms: Milliseconds
    percentile: Annotated[float, Ge(0), Le(100)]
    minutes: Minutes | None = None
    rest_s: NonNegative = 0.0

    @property
    def facts(self) -> dict[str, str]:
        """Everything of it that a time depends on."""
        return {name: f"{value:g}" for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Measured:
    """What a measurement has found.

    Args:
        times_ms: milliseconds of each piece, ``(pieces,)``
        slowness: time of each visit over the time of its pieces by ``times_ms``, in order, ``(visits,)``
    """

    times_ms: NDArray[np.float64]
    slowness: NDArray[np.float64]


def silent(doing: str, done: int, total: int) -> None:
    """Tells nobody."""


def interleaved(
    runs: Sequence[TimedRun],
    visits: Callable[[np.random.Generator], list[Visit]],
    timing: Timing,
    rng: np.random.Generator,
    on_progress: OnProgress = silent,
    visit: VisitRuns | None = None,
    journal: Journal | None = None,
) -> Measured:
    """Measures the milliseconds of each piece.

    Args:
        runs: the pieces
        visits: draws the visits of a round; together they visit every piece
        timing: the number of rounds, and the speed of the device
        rng: draws the visits and their order
        on_progress: is told after each round
        visit: runs the pieces of a visit; by default ``visit_here``
        journal: keeps the times of each visit; visits whose times it has are not measured again
    """
    order: list[Visit] = []
    times_ms: list[list[float]] = []
    visit, begin = visit or visit_here, time.monotonic()
    kept = journal.begin(len(runs), rng) if journal else []
    with pinned():
        for done in range(timing.rounds):
            if done >= LEAST_ROUNDS and timing.minutes and time.monotonic() - begin > 60 * timing.minutes:
                break
            drawn = visits(rng)
            for index in rng.permutation(len(drawn)):
                pieces = drawn[index]
                known = kept[len(order)] if len(order) < len(kept) else []
                if len(known) != len(pieces):
                    known = visit([runs[piece] for piece in pieces], timing.visit_ms)
                    if journal:
                        journal.add(known)
                order.append(pieces)
                times_ms.append(known)
            on_progress("measuring", done + 1, timing.rounds)
            if len(order) > len(kept) and done + 1 < timing.rounds:
                time.sleep(timing.rest_s)
    found_ms = without_drift(order, times_ms, timing.percentile)
    return Measured(found_ms, slowness(order, times_ms, found_ms))


def in_turns(
    runs: Sequence[TimedRun],
    timing: Timing,
    rng: np.random.Generator,
    on_progress: OnProgress = silent,
    visit: VisitRuns | None = None,
) -> NDArray[np.float64]:
    """Returns the milliseconds of each piece, ``(pieces,)``: ``interleaved`` with a separate visit for each piece."""
    return interleaved(runs, each_alone(len(runs)), timing, rng, on_progress, visit).times_ms


def each_alone(pieces: int) -> Callable[[np.random.Generator], list[Visit]]:
    """Returns what draws the visits of a round: a separate one for each piece."""
    alone: list[Visit] = [(place,) for place in range(pieces)]
    return lambda _: alone


def clock_ns(threads: int, clock: Clock = "processor") -> Callable[[], int]:
    """Returns a clock: the thread's own time if one thread does the work, unless the time on the wall is wanted.

    If nothing else uses the core, both are equal. On a busy core, the thread's own time leaves out other work.
    """
    return time.thread_time_ns if clock_of(threads, clock) == "processor" else time.perf_counter_ns


def clock_of(threads: int, clock: Clock) -> Clock:
    """Returns what is counted: only of one thread, and only on Linux, the time on the processor is known."""
    return clock if threads == 1 and sys.platform == "linux" else "wall"


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


def visit_here(runs: Sequence[TimedRun], visit_ms: float) -> list[float]:
    """Returns the median time of each piece, over turns in which all pieces run one after the other."""
    turns: list[list[float]] = []
    passed_ms = 0.0
    while len(turns) < 2 or passed_ms < visit_ms:
        turns.append([run() for run in runs])
        passed_ms += sum(turns[-1])
    return [median(times) for times in zip(*turns[max(1, len(turns) // 4) :], strict=True)]
