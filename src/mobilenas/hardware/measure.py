"""Measuring many pieces so that a busy machine disturbs all of them alike: in interleaved rounds, on one core."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilenas.ops.checks import check_positive

Run = Callable[[], float]
"""Runs a prepared piece once and returns the milliseconds that it took."""

Visit = tuple[int, ...]
"""Pieces that are run in turn, by index."""

OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Timing:
    """How often pieces are run, and which of their times counts.

    Args:
        rounds: visits to every piece
        visit_ms: time of a visit, which runs its pieces at least twice; its first quarter is not timed
        percentile: of all times of a piece; 0 is the shortest, a low one leaves out what other work disturbed
    """

    rounds: int
    visit_ms: float
    percentile: float

    def __post_init__(self) -> None:
        check_positive("timing", rounds=self.rounds)
        if not self.visit_ms >= 0 or not 0 <= self.percentile <= 100:
            found = f"{self.visit_ms} and {self.percentile}"
            raise ValueError(f"timing: visit_ms must be 0 or more and percentile from 0 to 100, not {found}.")


def silent(doing: str, done: int, total: int) -> None:
    """Tell nobody."""


def interleaved(
    runs: Sequence[Run],
    visits: Callable[[np.random.Generator], list[Visit]],
    timing: Timing,
    rng: np.random.Generator,
    on_progress: OnProgress = silent,
) -> NDArray[np.float64]:
    """Milliseconds of each piece.

    Args:
        runs: the pieces
        visits: draws the visits of a round; together they come to every piece
        timing: how often, and which of the times counts
        rng: draws the visits and their order
        on_progress: told after each round

    Returns:
        ``(pieces,)``
    """
    times: list[list[float]] = [[] for _ in runs]
    with pinned():
        for done in range(timing.rounds):
            drawn = visits(rng)
            for index in rng.permutation(len(drawn)):
                _visit(runs, drawn[index], timing.visit_ms, times)
            on_progress("measuring", done + 1, timing.rounds)
    return np.array([np.percentile(found, timing.percentile) for found in times])


def clock_ns(threads: int) -> Callable[[], int]:
    """The thread's own time where one thread does the work, the time on the wall elsewhere.

    On a core of its own both are equal; on a busy one, the thread's own leaves out what other work was given.
    """
    return time.thread_time_ns if threads == 1 and sys.platform == "linux" else time.perf_counter_ns


@contextmanager
def pinned() -> Iterator[None]:
    """Keep the calling thread on one core, where the system allows it."""
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


def _visit(runs: Sequence[Run], visit: Visit, visit_ms: float, times: list[list[float]]) -> None:
    turns: list[list[float]] = []
    passed_ms = 0.0
    while len(turns) < 2 or passed_ms < visit_ms:
        turns.append([runs[piece]() for piece in visit])
        passed_ms += sum(turns[-1])
    for turn in turns[max(1, len(turns) // 4) :]:
        for piece, took_ms in zip(visit, turn, strict=True):
            times[piece].append(took_ms)
