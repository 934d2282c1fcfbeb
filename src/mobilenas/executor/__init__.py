"""Executors: where the trials of a search run."""

from mobilenas.executor.base import Executor
from mobilenas.executor.local import LocalExecutor
from mobilenas.executor.ray import RayExecutor

__all__ = ["Executor", "LocalExecutor", "RayExecutor"]
