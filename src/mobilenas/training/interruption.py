"""What ends a fit from outside reaches the command, which says how to go on; Lightning would leave the process."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytorch_lightning as pl
from pytorch_lightning.utilities.exceptions import SIGTERMException

from mobilenas.stopped import Terminated, handler_kept


@contextmanager
def interruptions(trainer: pl.Trainer) -> Iterator[None]:
    """Raises KeyboardInterrupt if the fit within was stopped, and Terminated if it was stopped by SIGTERM.

    No process that the fit has started is left then. Lightning turns Ctrl-C off in a process whose fit it has stopped;
    after the block it works again.
    """
    with handler_kept(signal.SIGINT), _no_process_left(trainer), _stops_raised(trainer):
        yield


@contextmanager
def _no_process_left(trainer: pl.Trainer) -> Iterator[None]:
    """Ends the processes that Lightning has started for the fit within, if the block ends by a stop.

    Lightning knows the processes of a training only when it has started all of them. Python would wait at its end for
    one that was started before a stop, and that process waits for the others. A fit in this process starts only
    readers, which end by themselves: a killed one might keep the lock of a queue.
    """
    if trainer.strategy.launcher is None:
        yield
        return
    before = multiprocessing.active_children()
    try:
        yield
    except KeyboardInterrupt:
        for process in multiprocessing.active_children():
            if process not in before:
                process.kill()
                process.join()
        raise


@contextmanager
def _stops_raised(trainer: pl.Trainer) -> Iterator[None]:
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
