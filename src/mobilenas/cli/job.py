"""One run of the command, which each of Hydra's launchers calls, in this process or in another one."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from mobilenas.cli.any_field import as_written
from mobilenas.cli.ending import sentences
from mobilenas.cli.search_path import register
from mobilenas.cli.sweep import Sweep
from mobilenas.stopped import raise_at_sigterm


def prepare() -> None:
    """Prepares a process for the command."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # makes Hydra hand its errors on
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mobilenas").setLevel(logging.INFO)
    register()


class Job:
    """Runs the command with composed settings; a launcher may send it to a process that knows nothing of it yet.

    Args:
        sweep: the sweep that the runs belong to; None for a run alone
    """

    def __init__(self, sweep: Sweep | None = None) -> None:
        self._sweep = sweep

    def __call__(self, config: DictConfig) -> None:
        hydras_own = HydraConfig.get()
        overrides = as_written(hydras_own.overrides.task)
        if self._sweep is None:
            with sentences():  # here too: what passes through Hydra is printed by it
                run_settings(config, overrides)
        elif hydras_own.launcher.get("_target_") == f"{BasicLauncher.__module__}.{BasicLauncher.__name__}":
            with self._sweep.one_run(hydras_own.job.num, overrides) as note_folder:
                run_settings(config, overrides, note_folder)
        else:
            from mobilenas.cli.apart import run_apart

            run_apart(self._sweep, hydras_own.job.num, overrides, config)

    def __setstate__(self, state: Mapping[str, object]) -> None:
        self.__dict__.update(state)
        prepare()


def run_settings(
    config: DictConfig, overrides: Sequence[str], note_folder: Callable[[Path], None] = lambda folder: None
) -> None:
    """Plans the run that composed settings describe, and runs its stages.

    Args:
        config: the composed settings
        overrides: the settings that the user has given
        note_folder: is told the run's folder before its first stage
    """
    from mobilenas.cli.typed import typed
    from mobilenas.ops import operations

    raise_at_sigterm()
    settings = typed(config, overrides)  # before anything that is slow to import
    operations()  # what is wrong with those of a package is told before any work
    _prepare_torch(settings.threads)
    from mobilenas.cli.build import build
    from mobilenas.pipeline import run

    made = build(config, overrides)
    note_folder(made.run.folder)
    run(made, settings.fresh)


def _prepare_torch(threads: int | None) -> None:
    """Sets how torch computes in this process."""
    import torch

    from mobilenas.training.loggers import quiet_lightning

    quiet_lightning()
    torch.set_flush_denormal(True)  # measuring sets it; set always, a continued run computes as an undisturbed one
    if threads:
        torch.set_num_threads(threads)
