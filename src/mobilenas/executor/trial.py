"""Runs trials in the same way in every process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator


def run_trials(evaluator: Evaluator, architectures: Sequence[Architecture], threads: int) -> Iterator[Score]:
    """Yields the scores of different architectures, which share what the evaluator can share.

    They are computed with this number of threads of torch, and with denormal numbers as zero, as in the whole run.
    """
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


def too_late(minutes: float) -> TimeoutError:
    """Returns the error to raise if no trial has finished in this time."""
    return TimeoutError(
        f"No trial has finished for {minutes:g} minutes: raise executor.timeout_minutes, or set it to null."
    )
