"""All settings of a run, typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from mobilenas.adaptation import NetAdapt
from mobilenas.algorithm import Algorithm
from mobilenas.data import DataSet
from mobilenas.evaluator import Scoring
from mobilenas.executor import Executor
from mobilenas.files.names import check_name
from mobilenas.hardware import Hardware
from mobilenas.method import Method
from mobilenas.network import NetworkSpec
from mobilenas.objective import Loss, ParetoObjective, Reward
from mobilenas.pipeline.scale import Scale
from mobilenas.search_space import SpaceSettings
from mobilenas.settings import (
    Count,
    Minutes,
    NonEmpty,
    Positive,
    Reader,
    Resolve,
    Seed,
    Threads,
    WidthFactor,
    aside,
    settings,
)
from mobilenas.stages.base import StageName
from mobilenas.task import Classification, Task
from mobilenas.tracking import Log
from mobilenas.training import Recipe, TrainerSettings

FINE_TUNING = "recipe=fine_tune"
"""What the command adds where trained weights are given without a recipe."""


@settings
class Settings:
    """A run's settings.

    A name that is a folder of ``conf/`` is a group. ``supernet_recipe`` and ``quantize_recipe`` take a file of
    ``conf/recipe``, and ``adaptation`` takes NetAdapt's file of ``conf/algorithm``.

    Raises:
        ValueError: a setting is of the wrong type or out of its range
    """

    name: str
    stages: Annotated[tuple[StageName, ...], "in the pipeline's order"]
    seed: Seed
    choose: Positive
    scale: Scale
    search_space: SpaceSettings
    method: Method
    supernet_recipe: Recipe
    recipe: Recipe
    hardware: Hardware
    algorithm: Algorithm | NetAdapt
    objective: ParetoObjective | Reward | Loss
    evaluator: Scoring
    data: DataSet
    trainer: TrainerSettings
    logger: Log = aside()
    executor: Executor = aside()
    task: Task = Classification()
    network: NetworkSpec | None = None
    network_file: NonEmpty | None = None
    network_width: WidthFactor = 1.0
    weights: NonEmpty | None = aside(default=None)
    improvements: tuple[str, ...] = ()
    adaptation: NetAdapt | None = None
    baselines: tuple[NonEmpty, ...] | Literal["published"] = aside(default=())
    quantize: tuple[Literal["litert", "onnx_runtime", "openvino"], ...] = aside(default=())
    quantize_recipe: Recipe | None = aside(default=None)
    choose_by: Literal["spread", "accuracy"] = "spread"
    architecture: tuple[Count, ...] = aside(default=())
    threads: Threads | None = None
    supernet_seed: Seed | None = aside(default=None)
    outputs: NonEmpty = aside(default="outputs")
    store: NonEmpty | None = aside(default=None)
    retry_failures: bool = aside(default=False)
    fresh: bool = aside(default=False)
    checkpoint_minutes: Minutes = aside(default=10.0)

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.stages:
            raise ValueError(f"stages must name one stage or more of {', '.join(get_args(StageName))}.")
        if self.weights and self.network_width > 1:
            raise ValueError(
                f"network_width={self.network_width:g} makes channels that the weights have not: with weights it must"
                " be 1 or less; or leave out weights, and the network is trained from nothing."
            )

    @property
    def seed_of_supernet(self) -> int:
        """The seed of the supernet and of the parent that it inherits from."""
        return self.seed if self.supernet_seed is None else self.supernet_seed

    @property
    def netadapt(self) -> NetAdapt | None:
        """NetAdapt's settings, as the algorithm or after a search by another algorithm."""
        return self.algorithm if isinstance(self.algorithm, NetAdapt) else self.adaptation


def read_settings(values: Mapping[str, object], resolve: Resolve) -> Settings:
    """Returns the settings that plain values describe.

    Args:
        values: the values by name, as in a composed configuration
        resolve: finds the class that a ``_target_`` names

    Raises:
        SettingsError: one sentence for each setting that is wrong
    """
    return Reader(resolve).read(Settings, values)
