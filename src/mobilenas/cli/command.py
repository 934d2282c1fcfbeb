"""The command ``mobilenas``: compose the settings, plan the run that they stand for, run its stages."""

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from mobilenas.cli.search_path import register
from mobilenas.files.conf import conf_dir
from mobilenas.settings import SettingsError


def main() -> None:
    """Entry point of ``mobilenas``; a user's error ends in one sentence and a non-zero exit."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # makes Hydra hand its errors on
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mobilenas").setLevel(logging.INFO)
    with _sentences():
        register()
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(_run)()


def _run(config: DictConfig) -> None:
    from mobilenas.cli.typed import typed

    with _sentences():  # here too: what passes through Hydra is printed by it
        settings = typed(config)  # before anything that is slow to import
        _prepare(settings.threads)
        from mobilenas.cli.build import build
        from mobilenas.pipeline import run

        made = build(config, HydraConfig.get().overrides.task)
        run(made, settings.fresh)


def _prepare(threads: int | None) -> None:
    """Set how torch computes in this process."""
    import torch

    from mobilenas.training.loggers import quiet_lightning

    quiet_lightning()
    torch.set_flush_denormal(True)  # measuring sets it; set always, a continued run computes as an undisturbed one
    if threads:
        torch.set_num_threads(threads)


@contextmanager
def _sentences() -> Iterator[None]:
    """End in a sentence in place of a traceback, unless MOBILENAS_TRACEBACK asks for one."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit("mobilenas: stopped; the same command continues from the last checkpoint.")
    except (HydraException, OmegaConfBaseException, ValueError, OSError, sqlite3.Error) as error:
        if "MOBILENAS_TRACEBACK" in os.environ:
            raise
        sys.exit("\n".join(f"mobilenas: {' '.join(one.split())}" for one in _said(error)))


def _said(error: Exception) -> tuple[str, ...]:
    """What went wrong, a sentence each."""
    if isinstance(error, SettingsError):
        return error.sentences
    from mobilenas.cli.sentence import sentence

    return (sentence(error),)
