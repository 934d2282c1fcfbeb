"""Lightning in processes that Ray Train has started and connected with each other."""

from __future__ import annotations

from typing import Any

import ray.train
import ray.train.torch
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning.strategies import DDPStrategy


class RayEnvironment(LightningEnvironment):
    """Tells Lightning the place of this process among all."""

    @property
    def creates_processes_externally(self) -> bool:
        return True

    def world_size(self) -> int:
        return int(ray.train.get_context().get_world_size())

    def set_world_size(self, size: int) -> None:
        """Does nothing, because Ray Train decides it."""

    def global_rank(self) -> int:
        return int(ray.train.get_context().get_world_rank())

    def set_global_rank(self, rank: int) -> None:
        """Does nothing, because Ray Train decides it."""

    def local_rank(self) -> int:
        return int(ray.train.get_context().get_local_rank())

    def node_rank(self) -> int:
        return int(ray.train.get_context().get_node_rank())

    def teardown(self) -> None:
        """Does nothing, because Ray Train ends the processes."""


class RayStrategy(DDPStrategy):
    """Lightning's DDP on the device that Ray Train has chosen for this process."""

    @property
    def root_device(self) -> torch.device:
        device: torch.device = ray.train.torch.get_device()
        return device


def lightnings_settings() -> dict[str, Any]:
    """Returns the settings of Lightning's Trainer for this process."""
    # unused parameters must be found, because a path leaves most of a supernet unused
    return {
        "accelerator": "cpu" if ray.train.torch.get_device().type == "cpu" else "gpu",
        "devices": ray.train.get_context().get_local_world_size(),
        "strategy": RayStrategy(cluster_environment=RayEnvironment(), find_unused_parameters=True),
    }
