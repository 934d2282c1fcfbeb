"""Groups of trials, each of which one process runs, and what happens to a group whose process dies."""

from collections import Counter, deque
from collections.abc import Sequence
from math import ceil

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator

TrialGroup = tuple[Architecture, ...]
"""Architectures that one process scores, one or several."""

GROUPS_OF_PROCESS = 2
"""The number of groups for each process; a process that is ready early takes one more of them."""


def trial_groups(evaluator: Evaluator, architectures: Sequence[Architecture], processes: int) -> list[TrialGroup]:
    """Divides architectures into groups; they have one architecture each unless the evaluator shares work in a group.

    Architectures whose first candidates are the same are in one group, because a supernet computes their first layers
    only once.
    """
    if not evaluator.shares:
        return [(one,) for one in architectures]
    ordered, size = sorted(architectures), max(1, ceil(len(architectures) / (GROUPS_OF_PROCESS * processes)))
    return [tuple(ordered[begin : begin + size]) for begin in range(0, len(ordered), size)]


class Deaths:
    """Decides whether a trial whose process has died is run again or counts as a failure.

    Args:
        retries: how often a trial is run again
    """

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._times: Counter[Architecture] = Counter()

    def failure_or_retry(self, left: Sequence[Architecture], waiting: deque[TrialGroup]) -> Score | None:
        """Returns the failure of a trial whose process has died too often, or puts what is left into ``waiting``.

        Args:
            left: the architectures that the process has not scored; if there are several, any one may be at fault, so
                that each is run alone the next time
            waiting: takes the groups that are run again
        """
        if len(left) == 1:
            (trial,) = left
            self._times[trial] += 1
            if (times := self._times[trial]) > self._retries:
                reason = f"its process died {times} time{'s' if times > 1 else ''}"
                return Score(trial, accuracy=0.0, failure=reason)
        waiting.extend((one,) for one in left)
        return None
