"""How the command ends: a user's error in sentences, and a stop with the way to go on."""

import os
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from mobilenas.settings import SettingsError
from mobilenas.stopped import Terminated, asked_to_stop, forget_stops

USERS_ERRORS = (
    *(HydraException, OmegaConfBaseException, YAMLError),
    *(ValueError, FloatingPointError, OSError, sqlite3.Error),
)
"""The errors that settings, files and machines cause; others are faults of the program, whose place is shown."""


@contextmanager
def sentences() -> Iterator[None]:
    """Ends in a sentence instead of a traceback, unless the variable MOBILENAS_TRACEBACK is set."""
    forget_stops()
    try:
        yield
    except KeyboardInterrupt as stop:
        _end_stopped(asked_to_stop() or stop)  # a library may make a SIGTERM look like Ctrl-C
    except BrokenPipeError:  # as in mobilenas --help | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        traceback_wanted = "MOBILENAS_TRACEBACK" in os.environ
        if asked := asked_to_stop():  # the error, of whatever kind, may come from a stop that was swallowed
            if traceback_wanted:
                traceback.print_exc()
            _end_stopped(asked)
        if traceback_wanted or not isinstance(error, USERS_ERRORS):
            raise
        sys.exit(told(error))


def _end_stopped(stop: KeyboardInterrupt) -> NoReturn:
    sys.stderr.write("mobilenas: stopped; the same command goes on from the last checkpoint.\n")
    sys.exit(143 if isinstance(stop, Terminated) else 130)  # as shells say it of SIGTERM and SIGINT


def told(error: Exception) -> str:
    """Returns a line for each sentence of an error."""
    return "\n".join(f"mobilenas: {one}" for one in said_of(error))


def said_of(error: Exception) -> tuple[str, ...]:
    """Returns the sentences of an error, each in one line."""
    if isinstance(error, SettingsError):
        return tuple(" ".join(one.split()) for one in error.sentences)
    from mobilenas.cli.sentence import sentence

    return (" ".join(sentence(error).split()),)
