"""What ends a fit from outside reaches the command, which says how to go on; Lightning would leave the process."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytorch_lightning as pl
from pytorch_lightning.utilities.exceptions import SIGTERMException

from mobilenas.stopped import Terminated


@contextmanager
def interruptions(trainer: pl.Trainer) -> Iterator[None]:
    """Raises KeyboardInterrupt if the fit within was stopped, and Terminated if it was stopped by SIGTERM."""
    try:
        yield
    except SIGTERMException:
        raise Terminated from None
    except SystemExit as left:
        stop = left.__context__  # what Lightning has caught before it leaves the process
        if isinstance(stop, KeyboardInterrupt):
            raise type(stop) from None
        raise
    if trainer.received_sigterm:
        raise Terminated
    if trainer.interrupted:
        raise KeyboardInterrupt
