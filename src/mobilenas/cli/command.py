"""The command ``mobilenas``: compose the settings, build what they stand for, run the pipeline."""

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import hydra
import torch
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from mobilenas.cli.build import build
from mobilenas.cli.sentence import sentence
from mobilenas.files.conf import conf_dir
from mobilenas.pipeline import run
from mobilenas.training.loggers import quiet_lightning


def main() -> None:
    """Entry point of ``mobilenas``; a user's error ends in one sentence and a non-zero exit."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # makes Hydra hand its errors on
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mobilenas").setLevel(logging.INFO)
    with _sentences():
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(_run)()


def _run(config: DictConfig) -> None:
    quiet_lightning()
    torch.set_flush_denormal(True)  # measuring sets it; set always, a continued run computes as an undisturbed one
    with _sentences():  # here too: what passes through Hydra is printed by it
        experiment = build(config)
        if config.threads:
            torch.set_num_threads(config.threads)
        run(experiment, config.fresh)


@contextmanager
def _sentences() -> Iterator[None]:
    """End in a sentence in place of a traceback, unless MOBILENAS_TRACEBACK asks for one."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit("mobilenas: stopped; the same command goes on from the last checkpoint.")
    except (HydraException, OmegaConfBaseException, ValueError, OSError, sqlite3.Error) as error:
        if "MOBILENAS_TRACEBACK" in os.environ:
            raise
        sys.exit(f"mobilenas: {' '.join(sentence(error).split())}")
