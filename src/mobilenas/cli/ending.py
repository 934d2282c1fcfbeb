"""How the command ends: a user's error in sentences, a stop with the way to go on, and a sweep with a summary."""

import os
import sqlite3
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from mobilenas.settings import SettingsError
from mobilenas.stopped import Terminated

USERS_ERRORS = (
    *(HydraException, OmegaConfBaseException, YAMLError),
    *(ValueError, FloatingPointError, OSError, sqlite3.Error),
)
"""The errors that settings, files and machines cause; others are faults of the program, whose place is shown."""


class RunFailedError(Exception):
    """A run of a sweep has ended in an error, which is told already."""


@contextmanager
def sentences() -> Iterator[None]:
    """Ends in a sentence instead of a traceback, unless the variable MOBILENAS_TRACEBACK is set."""
    try:
        yield
    except KeyboardInterrupt as stop:
        sys.stderr.write("mobilenas: stopped; the same command goes on from the last checkpoint.\n")
        sys.exit(143 if isinstance(stop, Terminated) else 130)  # as shells say it of SIGTERM and SIGINT
    except BrokenPipeError:  # as in mobilenas --help | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except USERS_ERRORS as error:
        if "MOBILENAS_TRACEBACK" in os.environ:
            raise
        sys.exit(told(error))


def told(error: Exception) -> str:
    """Returns a line for each sentence of an error."""
    return "\n".join(f"mobilenas: {' '.join(one.split())}" for one in _said(error))


class Sweep:
    """The runs of a command with ``--multirun``: an error ends one of them, and the others go on."""

    def __init__(self) -> None:
        self._runs, self._failed = 0, list[str]()

    @contextmanager
    def one_run(self, overrides: Sequence[str]) -> Iterator[None]:
        """Tells an error of one run at once.

        Args:
            overrides: the settings of this run

        Raises:
            RunFailedError: after an error, so that Hydra counts the run as failed and starts the next one
        """
        self._runs += 1
        try:
            yield
        except Exception as error:
            self._failed.append(" ".join(overrides))
            if isinstance(error, USERS_ERRORS) and "MOBILENAS_TRACEBACK" not in os.environ:
                sys.stderr.write(f"{told(error)}\n")
            else:
                traceback.print_exc()
            raise RunFailedError(self._failed[-1]) from None

    @property
    def summary(self) -> str:
        """The runs that failed, by their settings; the error of each was told when it came up."""
        failed = "".join(f"\nmobilenas:   {one}" for one in self._failed)
        return f"mobilenas: {len(self._failed)} of {self._runs} runs failed; the others are complete:{failed}"


def _said(error: Exception) -> tuple[str, ...]:
    """Returns one sentence for each error."""
    if isinstance(error, SettingsError):
        return error.sentences
    from mobilenas.cli.sentence import sentence

    return (sentence(error),)
