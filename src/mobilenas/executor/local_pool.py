"""Runs trials in this process, or in several processes of this machine."""

import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait

import torch

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.executor.base import TrialPool
from mobilenas.executor.local import LocalExecutor
from mobilenas.executor.trial import run_trials, too_late
from mobilenas.executor.trial_groups import Deaths, TrialGroup, trial_groups
from mobilenas.executor.worker import DeadWorkerError, Worker


class LocalPool(TrialPool):
    """Runs one group of trials at a time in each process; each process gets the evaluator once.

    Args:
        settings: the number of processes, and the times to wait
    """

    def __init__(self, settings: LocalExecutor) -> None:
        self._settings = settings
        self._workers: list[Worker] = []
        self._evaluator: Evaluator | None = None
        self._pickled = b""

    def evaluate(self, evaluator: Evaluator, architectures: Sequence[Architecture]) -> Iterator[Score]:
        different = list(dict.fromkeys(architectures))
        threads = self._settings.threads or torch.get_num_threads()
        if self._settings.processes == 1:
            return run_trials(evaluator, different, threads)
        if evaluator is not self._evaluator:
            self.close()
            self._evaluator, self._pickled = evaluator, pickle.dumps((evaluator, threads))
        return self._by_workers(deque(trial_groups(evaluator, different, self._settings.processes)))

    def close(self) -> None:
        for worker in self._workers:
            worker.kill()
        self._workers, self._evaluator, self._pickled = [], None, b""

    def _by_workers(self, waiting: deque[TrialGroup]) -> Iterator[Score]:
        deaths = Deaths(self._settings.retries)
        try:
            while self._hand_out(waiting):
                for worker in self._heard_from():
                    try:
                        score = worker.receive()
                    except DeadWorkerError:
                        self._remove(worker)
                        if not (failure := deaths.failure_or_retry(worker.left, waiting)):
                            continue
                        if not worker.is_up:
                            raise ChildProcessError(
                                f"Processes for trials ended {self._settings.retries + 1} times before they were ready:"
                                " read what they printed, or set executor.processes=1."
                            ) from None
                        yield failure
                    else:
                        if score is not None:
                            self._hand_out(waiting)
                            yield score
        finally:  # also where it is not read to its end
            for worker in [one for one in self._workers if one.left]:
                self._remove(worker)

    def _hand_out(self, waiting: deque[TrialGroup]) -> bool:
        """Begins the trials that can begin now; returns whether any trial is running."""
        for worker in [one for one in self._workers if not one.left]:
            if not worker.is_alive:
                self._remove(worker)
            elif waiting:
                worker.begin(waiting.popleft())
        while waiting and len(self._workers) < self._settings.processes:
            self._workers.append(Worker(self._pickled, waiting.popleft()))
        return any(worker.left for worker in self._workers)

    def _heard_from(self) -> list[Worker]:
        """Returns the workers that have sent something or have died."""
        running = [worker for worker in self._workers if worker.left]
        minutes = self._settings.timeout_minutes
        heard = wait([worker.connection for worker in running], None if minutes is None else 60 * minutes)
        if minutes is not None and not heard:
            raise too_late(minutes)
        return [worker for worker in running if worker.connection in heard]

    def _remove(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.kill()
