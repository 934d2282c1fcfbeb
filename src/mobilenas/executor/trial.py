"""Runs one trial in the same way in every process, and makes a failure of a trial whose process always dies."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil

import torch

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator

Group = tuple[Architecture, ...]
"""Architectures that one process scores, one or several."""

GROUPS_OF_PROCESS = 2
"""The groups of each process; the last ones to begin go to the processes that are free first."""


def groups_of(evaluator: Evaluator, architectures: Sequence[Architecture], processes: int) -> list[Group]:
    """Divides architectures into groups; they have one architecture each unless the evaluator shares work in a group.

    Architectures that begin alike are in one group, because a supernet's paths share the layers that they begin with.
    """
    if not evaluator.shares:
        return [(one,) for one in architectures]
    ordered, size = sorted(architectures), ceil(len(architectures) / (GROUPS_OF_PROCESS * processes))
    return [tuple(ordered[begin : begin + size]) for begin in range(0, len(ordered), size)]


def run_trial(evaluator: Evaluator, architecture: Architecture, threads: int) -> Score:
    """Scores with this number of threads of torch, and with denormal numbers as zero, as in the whole run."""
    with computing(threads):
        return evaluator.score(architecture)


def run_trials(evaluator: Evaluator, architectures: Sequence[Architecture], threads: int) -> Iterator[Score]:
    """Yields the scores of different architectures, which share what the evaluator can share; see ``run_trial``."""
    scores = evaluator.scores(architectures)
    while True:
        with computing(threads):
            score = next(scores, None)
        if score is None:
            return
        yield score


@contextmanager
def computing(threads: int) -> Iterator[None]:
    """Sets, within the block, how trials compute, because their results depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def died(architecture: Architecture, times: int) -> Score:
    """Returns the failure of a trial whose process has died too often."""
    reason = f"its process died {times} time{'s' if times > 1 else ''}"
    return Score(architecture, accuracy=0.0, failure=reason)


def too_late(minutes: float) -> TimeoutError:
    """Returns the error to raise if no trial has finished in this time."""
    return TimeoutError(
        f"No trial has finished for {minutes:g} minutes: raise executor.timeout_minutes, or set it to null."
    )
