"""Trials in a Ray of this machine that lives as long as the search, or in a cluster that is running."""

import logging
import os
import re
import secrets
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from math import ceil
from socket import create_connection
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.evaluator.base import Evaluator
from mobilenas.executor.base import Executor
from mobilenas.executor.trial import check_timeout, died, run_trial, too_late
from mobilenas.settings.checks import check_count, check_factor, check_positive

if TYPE_CHECKING:
    from ray import ObjectRef


SHORT = "/tmp" if os.name == "posix" else None
"""Where Ray's files are: the path of a socket may have a hundred characters."""


class RayExecutor(Executor):
    """Tasks of Ray; the evaluator travels once to each machine, and is read once by each process.

    Args:
        address: of a cluster that is running, whose machines have this package; None starts a Ray of this machine
        workers: trials at once, where there is room for them
        cpus_per_trial: cores that a trial takes, or a share of one
        gpus_per_trial: GPUs that a trial takes, or a share of one
        threads: of torch in each trial
        retries: how often a trial is run again whose process has died
        timeout_minutes: how long to wait for any trial to finish; None waits for ever

    Raises:
        ValueError: Ray is not installed, or a setting is out of its range
    """

    def __init__(
        self,
        address: str | None = None,
        workers: int = 2,
        cpus_per_trial: float = 1,
        gpus_per_trial: float = 0,
        threads: int = 1,
        retries: int = 2,
        timeout_minutes: float | None = None,
    ) -> None:
        if find_spec("ray") is None:
            raise ValueError("executor=ray needs Ray: pip install 'mobilenas[cluster]'.")
        check_positive("executor", workers=workers, threads=threads)
        check_factor("executor", cpus_per_trial=cpus_per_trial)
        check_timeout(timeout_minutes)
        check_factor("executor", gpus_per_trial=gpus_per_trial or 1)
        if gpus_per_trial > 1 and gpus_per_trial != int(gpus_per_trial):
            raise ValueError(f"executor: gpus_per_trial is a share of one GPU or a whole number, not {gpus_per_trial}.")
        check_count("executor", retries=retries)
        self._address, self._workers, self.threads = address, workers, threads
        self._cpus, self._gpus = cpus_per_trial, gpus_per_trial
        self._retries, self._timeout_minutes = retries, timeout_minutes
        self._folder: TemporaryDirectory[str] | None = None
        self._connected = False
        self._evaluator: Evaluator | None = None
        self._reference: ObjectRef[Evaluator] | None = None

    def evaluate(self, evaluator: Evaluator, architectures: Sequence[Architecture]) -> Iterator[Evaluation]:
        import ray

        if not ray.is_initialized():
            self._connect()
        self._check_room()
        if evaluator is not self._evaluator:
            self._evaluator, self._reference = evaluator, ray.put(evaluator)
        return self._by_tasks(deque(dict.fromkeys(architectures)))

    def close(self) -> None:
        if self._connected:
            import ray

            ray.shutdown()  # of a cluster that was running it only takes leave
        self._connected, self._evaluator, self._reference = False, None, None
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def _connect(self) -> None:
        import ray

        if self._address:
            check_reachable(self._address)
            ray.init(self._address, log_to_driver=False, logging_level=logging.ERROR)
        else:
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray writes one to the home folder
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns of a change to come
            self._folder = TemporaryDirectory(prefix="ray", dir=SHORT, ignore_cleanup_errors=True)
            ray.init(
                "local",
                num_cpus=max(1, ceil(self._workers * self._cpus)),
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _temp_dir=self._folder.name,
            )
        self._connected = True

    def _by_tasks(self, waiting: deque[Architecture]) -> Iterator[Evaluation]:
        import ray
        from ray.exceptions import NodeDiedError, OutOfMemoryError, RayTaskError, WorkerCrashedError

        # its own retries have no bound where memory runs out
        task = ray.remote(num_cpus=self._cpus, num_gpus=self._gpus, max_retries=0)(_run)
        running: dict[ObjectRef[Evaluation], Architecture] = {}
        deaths: Counter[Architecture] = Counter()
        try:
            while waiting or running:
                while waiting and len(running) < self._workers:
                    trial = waiting.popleft()
                    running[task.remote([self._reference], trial, self.threads)] = trial
                done = self._next(list(running))
                trial = running.pop(done)
                try:
                    evaluation = ray.get(done, timeout=60)
                except RayTaskError as error:
                    raise error.cause from None
                except (WorkerCrashedError, OutOfMemoryError, NodeDiedError):
                    deaths[trial] += 1
                    if deaths[trial] <= self._retries:
                        waiting.append(trial)
                        continue
                    evaluation = died(trial, deaths[trial])
                yield evaluation
        finally:  # also where it is not read to its end
            for unfinished in running if ray.is_initialized() else ():
                ray.cancel(unfinished, force=True)

    def _next(self, running: list["ObjectRef[Evaluation]"]) -> "ObjectRef[Evaluation]":
        import ray

        minutes = self._timeout_minutes
        done, _ = ray.wait(running, timeout=None if minutes is None else 60 * minutes)
        if minutes is not None and not done:
            raise too_late(minutes)
        return done[0]

    def _check_room(self) -> None:
        """Raise ValueError where no machine that is there can ever run a trial."""
        import ray

        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        if not any(one.get("CPU", 0) >= self._cpus and one.get("GPU", 0) >= self._gpus for one in nodes):
            largest = [max((one.get(name, 0) for one in nodes), default=0) for name in ("CPU", "GPU")]
            raise ValueError(
                f"A trial takes {self._cpus:g} CPU and {self._gpus:g} GPU, and no machine of Ray's has more than"
                f" {largest[0]:g} and {largest[1]:g}: lower executor.cpus_per_trial or executor.gpus_per_trial."
            )


def check_reachable(address: str) -> None:
    """Raise ValueError where nobody listens at ``host:port``, which Ray would try for minutes without a word."""
    if not (found := re.fullmatch(r"(?:ray://)?(\S+):(\d{1,5})", address)):
        return
    try:
        create_connection((found[1], int(found[2])), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise ValueError(
            f"No Ray answers at executor.address={address} ({error}): give the address that 'ray start --head' has"
            " printed, or null for a Ray of this machine."
        ) from None


def _run(boxed: "list[ObjectRef[Evaluator]]", architecture: Architecture, threads: int) -> Evaluation:
    return run_trial(_read(boxed[0]), architecture, threads)


@lru_cache(maxsize=1)
def _read(reference: "ObjectRef[Evaluator]") -> Evaluator:
    """The evaluator, which a process that runs many trials reads once."""
    import ray

    evaluator = ray.get(reference, timeout=600)
    assert isinstance(evaluator, Evaluator)
    return evaluator
