"""Runs trials in Ray: it is started on this machine for the search, or it is a running cluster."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING

from mobilenas.cluster import machines, most_of, ray_connected, room_for
from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.executor.base import TrialPool
from mobilenas.executor.ray import RayExecutor
from mobilenas.executor.trial import run_trials, too_late
from mobilenas.executor.trial_groups import Deaths, TrialGroup, trial_groups

if TYPE_CHECKING:
    from ray import ObjectRef


class RayPool(TrialPool):
    """Runs groups of trials as Ray's tasks; each machine gets the evaluator once, and each process reads it once.

    Args:
        settings: the address, the number of trials at once, and the times to wait
    """

    def __init__(self, settings: RayExecutor) -> None:
        self._settings, self._cpus, self._gpus = settings, settings.cpus_per_trial, settings.gpus_per_trial
        self._stack, self._is_connected = ExitStack(), False
        self._evaluator: Evaluator | None = None
        self._reference: ObjectRef[Evaluator] | None = None

    def evaluate(self, evaluator: Evaluator, architectures: Sequence[Architecture]) -> Iterator[Score]:
        if not self._is_connected:
            self._stack.enter_context(ray_connected(self._settings.cluster))
            self._is_connected = True
        import ray

        self._check_room()
        if evaluator is not self._evaluator:
            self._evaluator, self._reference = evaluator, ray.put(evaluator)
        different = list(dict.fromkeys(architectures))
        return self._by_tasks(deque(trial_groups(evaluator, different, self._settings.workers)))

    def close(self) -> None:
        self._evaluator, self._reference, self._is_connected = None, None, False
        self._stack.close()

    def _by_tasks(self, waiting: deque[TrialGroup]) -> Iterator[Score]:
        import ray
        from ray.exceptions import NodeDiedError, OutOfMemoryError, RayTaskError, WorkerCrashedError

        # Ray's own retries never end if memory runs out
        task = ray.remote(num_cpus=self._cpus, num_gpus=self._gpus, max_retries=0)(_run)
        running: dict[ObjectRef[list[Score]], TrialGroup] = {}
        deaths = Deaths(self._settings.retries)
        try:
            while waiting or running:
                while waiting and len(running) < self._settings.workers:
                    group = waiting.popleft()
                    running[task.remote([self._reference], group, self._settings.threads)] = group
                done = self._next(list(running))
                group = running.pop(done)
                try:
                    scores = ray.get(done, timeout=60)
                except RayTaskError as error:
                    raise error.cause from None
                except (WorkerCrashedError, OutOfMemoryError, NodeDiedError):
                    failure = deaths.failure_or_retry(group, waiting)
                    scores = [failure] if failure else []
                yield from scores
        finally:  # also where it is not read to its end
            for unfinished in running if ray.is_initialized() else ():
                ray.cancel(unfinished, force=True)

    def _next(self, running: list["ObjectRef[list[Score]]"]) -> "ObjectRef[list[Score]]":
        import ray

        minutes = self._settings.timeout_minutes
        done, _ = ray.wait(running, timeout=None if minutes is None else 60 * minutes)
        if minutes is not None and not done:
            raise too_late(minutes)
        return done[0]

    def _check_room(self) -> None:
        """Raises ValueError if no machine of the cluster can ever run a trial."""
        if not room_for(self._cpus, self._gpus, found := machines()):
            raise ValueError(
                f"A trial needs {self._cpus:g} CPU and {self._gpus:g} GPU, but no machine of Ray has more than"
                f" {most_of('CPU', found):g} CPU and {most_of('GPU', found):g} GPU: set a smaller"
                " executor.cpus_per_trial or executor.gpus_per_trial."
            )


def _run(boxed: "list[ObjectRef[Evaluator]]", group: TrialGroup, threads: int) -> list[Score]:
    return list(run_trials(_read(boxed[0]), group, threads))


@lru_cache(maxsize=1)
def _read(reference: "ObjectRef[Evaluator]") -> Evaluator:
    """Returns the evaluator, which a process reads only once for many trials."""
    import ray

    evaluator = ray.get(reference, timeout=600)
    assert isinstance(evaluator, Evaluator)
    return evaluator
