"""Measuring many pieces so that a busy machine disturbs all of them alike: in interleaved rounds, on one core."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np
from numpy.typing import NDArray

Run = Callable[[], float]
"""Runs a prepared piece once and returns the milliseconds that it took."""

Visit = tuple[int, ...]
"""Pieces that are run one after the other, by index."""

OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""


def silent(doing: str, done: int, total: int) -> None:
    """Tell nobody."""


def clock_ns(threads: int) -> Callable[[], int]:
    """The calling thread's own time where it does all the work, the time on the wall elsewhere.

    On a core of its own both are equal; on a busy one, a thread's own time leaves out what others were given.
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


def interleaved(
    runs: Sequence[Run],
    visits: Callable[[np.random.Generator], list[Visit]],
    rounds: int,
    visit_ms: float,
    percentile: float,
    rng: np.random.Generator,
    on_progress: OnProgress = silent,
) -> NDArray[np.float64]:
    """Milliseconds of each piece: a low percentile over all rounds.

    Args:
        runs: the pieces
        visits: draws the visits of a round; together they come to every piece
        rounds: how often all are visited, in a new order each time
        visit_ms: a visit runs its pieces in turn, at least twice and until this time has passed
        percentile: of all timed runs of a piece; 0 takes the shortest
        rng: draws visits and their order
        on_progress: told after each round

    Returns:
        ``(pieces,)``
    """
    times: list[list[float]] = [[] for _ in runs]
    with pinned():
        for done in range(rounds):
            drawn = visits(rng)
            for index in rng.permutation(len(drawn)):
                _visit(runs, drawn[index], visit_ms, times)
            on_progress("measuring", done + 1, rounds)
    return np.array([np.percentile(found, percentile) for found in times])


def _visit(runs: Sequence[Run], visit: Visit, visit_ms: float, times: list[list[float]]) -> None:
    """Run the pieces in turn; the first quarter of the turns, and at least one, only warms up."""
    turns: list[list[float]] = []
    passed_ms = 0.0
    while len(turns) < 2 or passed_ms < visit_ms:
        turns.append([runs[piece]() for piece in visit])
        passed_ms += sum(turns[-1])
    for turn in turns[max(1, len(turns) // 4) :]:
        for piece, took_ms in zip(visit, turn, strict=True):
            times[piece].append(took_ms)
