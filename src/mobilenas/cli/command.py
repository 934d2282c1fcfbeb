"""The command ``mobilenas``: it composes the settings, plans the run that they describe, and runs its stages."""

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
from yaml import YAMLError

from mobilenas.cli.choices import wrong_choices
from mobilenas.cli.search_path import register
from mobilenas.conf_dir import conf_dir
from mobilenas.settings import SettingsError
from mobilenas.stopped import Terminated, raise_at_sigterm


def main() -> None:
    """Runs the command ``mobilenas``; a user's error ends in one sentence and a non-zero exit status."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # makes Hydra hand its errors on
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mobilenas").setLevel(logging.INFO)
    with _sentences():
        if wrong := list(wrong_choices(sys.argv[1:])):
            raise SettingsError(wrong)
        register()
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(_run)()


def _run(config: DictConfig) -> None:
    from mobilenas.cli.typed import typed
    from mobilenas.ops import operations

    with _sentences():  # here too: what passes through Hydra is printed by it
        raise_at_sigterm()
        settings = typed(config)  # before anything that is slow to import
        operations()  # what is wrong with those of a package is told before any work
        _prepare(settings.threads)
        from mobilenas.cli.build import build
        from mobilenas.pipeline import run

        made = build(config, HydraConfig.get().overrides.task)
        run(made, settings.fresh)


def _prepare(threads: int | None) -> None:
    """Sets how torch computes in this process."""
    import torch

    from mobilenas.training.loggers import quiet_lightning

    quiet_lightning()
    torch.set_flush_denormal(True)  # measuring sets it; set always, a continued run computes as an undisturbed one
    if threads:
        torch.set_num_threads(threads)


@contextmanager
def _sentences() -> Iterator[None]:
    """Ends in a sentence instead of a traceback, unless the variable MOBILENAS_TRACEBACK is set."""
    try:
        yield
    except KeyboardInterrupt as stop:
        sys.stderr.write("mobilenas: stopped; the same command continues from the last checkpoint.\n")
        sys.exit(143 if isinstance(stop, Terminated) else 130)  # as shells say it of SIGTERM and SIGINT
    except BrokenPipeError:  # as in mobilenas --help | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (
        HydraException,
        OmegaConfBaseException,
        YAMLError,
        ValueError,
        FloatingPointError,
        OSError,
        sqlite3.Error,
    ) as error:
        if "MOBILENAS_TRACEBACK" in os.environ:
            raise
        sys.exit("\n".join(f"mobilenas: {' '.join(one.split())}" for one in _said(error)))


def _said(error: Exception) -> tuple[str, ...]:
    """Returns one sentence for each error."""
    if isinstance(error, SettingsError):
        return error.sentences
    from mobilenas.cli.sentence import sentence

    return (sentence(error),)
