"""The command ``mobilenas``: it composes the settings, plans the run that they describe, and runs its stages."""

import logging
import os
import sys

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from mobilenas.cli.ahead import check_ahead
from mobilenas.cli.any_field import as_written, settable
from mobilenas.cli.choices import wrong_choices
from mobilenas.cli.ending import RunFailedError, Sweep, sentences
from mobilenas.cli.fine_tuned import fine_tuned
from mobilenas.cli.search_path import register
from mobilenas.conf_dir import conf_dir
from mobilenas.settings import SettingsError
from mobilenas.stopped import raise_at_sigterm


def main() -> None:
    """Runs the command ``mobilenas``; a user's error ends in one sentence and a non-zero exit status."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # makes Hydra hand its errors on
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mobilenas").setLevel(logging.INFO)
    sweep = Sweep()

    def run_one(config: DictConfig) -> None:
        if HydraConfig.get().mode is RunMode.MULTIRUN:
            with sweep.one_run(as_written(HydraConfig.get().overrides.task)):
                _run(config)
        else:
            with sentences():  # here too: what passes through Hydra is printed by it
                _run(config)

    with sentences():
        if wrong := list(wrong_choices(sys.argv[1:])):
            raise SettingsError(wrong)
        register()
        sys.argv[1:] = fine_tuned(settable(sys.argv[1:]))  # from which Hydra takes them
        check_ahead(sys.argv[1:])
        try:
            hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(run_one)()
        except RunFailedError:
            sys.exit(sweep.summary)


def _run(config: DictConfig) -> None:
    from mobilenas.cli.typed import typed
    from mobilenas.ops import operations

    raise_at_sigterm()
    settings = typed(config)  # before anything that is slow to import
    operations()  # what is wrong with those of a package is told before any work
    _prepare(settings.threads)
    from mobilenas.cli.build import build
    from mobilenas.pipeline import run

    made = build(config, as_written(HydraConfig.get().overrides.task))
    run(made, settings.fresh)


def _prepare(threads: int | None) -> None:
    """Sets how torch computes in this process."""
    import torch

    from mobilenas.training.loggers import quiet_lightning

    quiet_lightning()
    torch.set_flush_denormal(True)  # measuring sets it; set always, a continued run computes as an undisturbed one
    if threads:
        torch.set_num_threads(threads)
