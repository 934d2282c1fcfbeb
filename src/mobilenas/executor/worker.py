"""A process of this machine that runs trials for its parent process, and ends when the parent ends."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext

from mobilenas.evaluation import Architecture, Score
from mobilenas.executor.trial import run_trial
from mobilenas.portable import portable
from mobilenas.training.loggers import quiet_lightning


class DeadWorkerError(Exception):
    """The process has ended by itself."""


class Worker:
    """A process that gets an evaluator once, and then one trial after another.

    Args:
        pickled: the evaluator and the number of threads of torch
        trial: the first architecture
    """

    def __init__(self, pickled: bytes, trial: Architecture) -> None:
        self.connection, other = multiprocessing.Pipe()
        self.trial: Architecture | None = trial
        self.is_up = False
        self._pickled = pickled
        # no daemon, because a daemon may not start processes that read images
        self._process = _start_method().Process(target=_work, args=(other,), daemon=False)
        with _interrupts_ignored(), other:
            self._process.start()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def begin(self, trial: Architecture) -> None:
        """Begins the next trial; ``receive`` tells if the process has died."""
        self.trial = trial
        with suppress(OSError):
            self.connection.send(trial)

    def receive(self) -> Score | None:
        """Returns the trial's score, or None if the process has just started.

        Raises:
            DeadWorkerError: the process has ended
            Exception: the error that the evaluator raised
        """
        try:
            message = self.connection.recv()
            if not self.is_up:
                self.is_up = True
                self.connection.send_bytes(self._pickled)
                self.connection.send(self.trial)
                return None
        except (EOFError, OSError):
            raise DeadWorkerError from None
        if isinstance(message, Exception):
            raise message
        assert isinstance(message, Score)
        self.trial = None
        return message

    def kill(self) -> None:
        """Ends the process immediately."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()


def _start_method() -> ForkServerContext | SpawnContext:
    """Returns how processes start; on Linux they fork from a server that has imported torch, not from this process."""
    if not sys.platform.startswith("linux"):
        return multiprocessing.get_context("spawn")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["__main__", __name__])
    return server


def _work(connection: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    quiet_lightning()
    with suppress(EOFError, OSError):  # the parent process has ended
        connection.send(None)
        pickled, given = connection.recv_bytes(), None
        while True:
            trial = connection.recv()
            try:
                evaluator, threads = given = given or pickle.loads(pickled)
                message: Score | Exception = run_trial(evaluator, trial, threads)
            except Exception as error:
                message = portable(error)
            connection.send(message)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Keeps Ctrl-C, which a terminal sends to all processes, from processes that are started within the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
