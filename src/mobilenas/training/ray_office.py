"""An actor beside the main process: it runs Ray Train, and takes the workers' messages until they are fetched."""

from __future__ import annotations

import os
import queue
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mobilenas.training.ray_worker import train_in_worker

if TYPE_CHECKING:
    from mobilenas.training.ray_messages import Message

ENVIRONMENT = (
    ("RAY_CHDIR_TO_TRIAL_DIR", "0"),  # else relative paths of images would be lost
    ("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.2"),
    ("RAY_TRAIN_METRICS_ENABLED", "0"),
    ("RAY_TRAIN_ENABLE_PRINT_PATCH", "0"),
    ("RAY_TRAIN_ENABLE_CONTROLLER_STRUCTURED_LOGGING", "0"),
    ("RAY_TRAIN_ENABLE_WORKER_STRUCTURED_LOGGING", "0"),
)

MOST_STARTS = 10
"""The largest number of times that Ray Train tries to start the workers; it waits a minute for each."""


class RayOffice:
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

        Args:
            given: what each worker is given
            workers: number of workers
            cpus: number of cores of each
            gpus: number of GPUs of each
        """
        import ray
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
            except TrainingFailedError as error:
                failures = getattr(error, "worker_failures", None) or {-1: error}
                return {rank: " ".join(str(one).split()) for rank, one in failures.items()}
        return {}
