"""One trial, which is the same in every process, and what is made of one whose process always dies."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator


def run_trial(evaluator: Evaluator, architecture: Architecture, threads: int) -> Score:
    """Score with so many threads of torch, and with denormal numbers as zero, as in all of a run."""
    with computing(threads):
        return evaluator.score(architecture)


@contextmanager
def computing(threads: int) -> Iterator[None]:
    """As trials compute, which their results depend on."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def died(architecture: Architecture, times: int) -> Score:
    """The failure that a trial becomes when its process has died so often."""
    reason = f"its process died {times} time{'s' if times > 1 else ''}"
    return Score(architecture, top1=0.0, failure=reason)


def too_late(minutes: float) -> TimeoutError:
    """What to raise where no trial has finished for so long."""
    return TimeoutError(
        f"No trial has finished for {minutes:g} minutes: raise executor.timeout_minutes, or set it to null."
    )
