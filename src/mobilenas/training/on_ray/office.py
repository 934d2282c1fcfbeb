"""An actor beside the main process: it runs Ray Train, and takes the workers' messages until they are fetched."""

from __future__ import annotations

import os
import queue
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from mobilenas.training.on_ray.messages import Began
from mobilenas.training.on_ray.worker import train_in_worker

if TYPE_CHECKING:
    from mobilenas.training.on_ray.messages import Message

ENVIRONMENT = (
    ("RAY_TRAIN_V2_ENABLED", "1"),
    ("RAY_CHDIR_TO_TRIAL_DIR", "0"),  # else relative paths of images would be lost
    ("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.2"),
    ("RAY_TRAIN_METRICS_ENABLED", "0"),
    ("RAY_TRAIN_ENABLE_PRINT_PATCH", "0"),
    ("RAY_TRAIN_ENABLE_CONTROLLER_STRUCTURED_LOGGING", "0"),
    ("RAY_TRAIN_ENABLE_WORKER_STRUCTURED_LOGGING", "0"),
)

WAIT_S = 0.5
"""The longest time in seconds that the main process waits for a message; it does not notice Ctrl-C meanwhile."""

MOST_STARTS = 10
"""How many times Ray Train tries again to start the workers; each time it waits a minute for room."""


class OfficeActor:
    """Runs a training on Ray's workers; whoever kills this actor ends all of them."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def post(self, messages: Sequence[Message]) -> None:
        """Takes messages of a worker, in their order."""
        for one in messages:
            self._messages.put(one)

    def take(self, seconds: float) -> list[Message]:
        """Returns the messages since the last call; waits for the first one."""
        found: list[Message] = []
        with suppress(queue.Empty):
            found.append(self._messages.get(timeout=seconds))
            while True:
                found.append(self._messages.get_nowait())
        return found

    def train(self, given: dict[str, Any], workers: int, cpus: float, gpus: int) -> dict[int, str]:
        """Returns the reason for each worker that has failed, by its number; nothing if all have come to the end.

        If its process was gone, the reason is empty. If the workers could not be started, the number is -1.

        Args:
            given: what each worker is given
            workers: number of workers
            cpus: number of cores of each
            gpus: number of GPUs of each
        """
        import ray
        from ray.exceptions import RayActorError
        from ray.train import FailureConfig, RunConfig, ScalingConfig, TrainingFailedError
        from ray.train.torch import TorchTrainer

        os.environ.update(ENVIRONMENT)
        office = ray.get_runtime_context().current_actor
        resources = {"CPU": cpus} | ({"GPU": gpus} if gpus else {})
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            trainer = TorchTrainer(
                train_in_worker,
                train_loop_config=given | {"office": office},
                scaling_config=ScalingConfig(num_workers=workers, use_gpu=bool(gpus), resources_per_worker=resources),
                run_config=RunConfig(
                    name="fit",
                    storage_path=folder,  # Ray Train keeps nothing there that is needed
                    failure_config=FailureConfig(max_failures=0, controller_failure_limit=MOST_STARTS),
                ),
            )
            try:
                trainer.fit()
            except (TrainingFailedError, RayActorError) as error:  # of a worker, or of Ray Train's controller
                failures = getattr(error, "worker_failures", None) or {-1: error}
                return {rank: _reason(one) for rank, one in failures.items()}
        return {}


def _reason(failure: Exception) -> str:
    is_gone = type(failure).__name__ == "WorkerHealthCheckFailedError"
    return "" if is_gone else " ".join(str(failure).split())


class Office:
    """The actor as the main process sees it.

    Args:
        actor: its handle
    """

    def __init__(self, actor: Any) -> None:
        self._actor = actor
        self._reserved: Any = None

    def train(self, given: Mapping[str, Any], workers: int, cpus: float, gpus: int) -> Any:
        """Begins a training; returns the reference of what it returns."""
        self._free()
        return self._actor.train.remote(dict(given), workers, cpus, gpus)

    def take(self) -> list[Message]:
        """Returns the messages since the last call; waits a moment for the first one."""
        import ray

        messages: list[Message] = ray.get(self._actor.take.remote(WAIT_S))
        for one in messages:
            if isinstance(one, Began):
                self._reserved = one.reservation
        return messages

    def close(self) -> None:
        """Ends the actor and the workers at once."""
        import ray

        ray.kill(self._actor)
        self._free()

    def _free(self) -> None:
        """Frees the room of the workers; else it would be reserved until this process disconnects."""
        from ray.util import remove_placement_group

        if self._reserved:
            remove_placement_group(self._reserved)
            self._reserved = None


@contextmanager
def open_office(workers: int) -> Iterator[Office]:
    """Opens an office on this machine for a number of workers, which end with the block."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    options = {"num_cpus": 0, "max_concurrency": workers + 4, "scheduling_strategy": here}
    with closing(Office(ray.remote(OfficeActor).options(**options).remote())) as office:
        yield office
