"""A process of this machine that runs trials for its parent process, and ends when the parent ends."""

import multiprocessing
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext

from mobilenas.evaluation import Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.executor.trial import run_trials
from mobilenas.executor.trial_groups import TrialGroup
from mobilenas.portable import portable
from mobilenas.stopped import end_with_parent
from mobilenas.training.loggers import quiet_lightning


class DeadWorkerError(Exception):
    """The process has ended by itself."""


class Worker:
    """A process that gets an evaluator once, and then one group of trials after another.

    Args:
        pickled: the evaluator and the number of threads of torch
        group: the first architectures

    Attributes:
        left: the architectures of its group that it has not scored yet
    """

    def __init__(self, pickled: bytes, group: TrialGroup) -> None:
        self.connection, other = multiprocessing.Pipe()
        self.left = list(group)
        self.is_up = False
        self._pickled = pickled
        # no daemon, because a daemon may not start processes that read images
        self._process = _start_method().Process(target=_work, args=(other,), daemon=False)
        with _interrupts_ignored(), other:
            self._process.start()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def begin(self, group: TrialGroup) -> None:
        """Begins the next group; ``receive`` tells if the process has died."""
        self.left = list(group)
        with suppress(OSError):
            self.connection.send(group)

    def receive(self) -> Score | None:
        """Returns a trial's score, or None if the process has just started.

        Raises:
            DeadWorkerError: the process has ended
            Exception: the error that the evaluator raised
        """
        try:
            message = self.connection.recv()
            if not self.is_up:
                self.is_up = True
                self.connection.send_bytes(self._pickled)
                self.connection.send(tuple(self.left))
                return None
        except (EOFError, OSError):
            raise DeadWorkerError from None
        if isinstance(message, Exception):
            raise message
        assert isinstance(message, Score)
        self.left.remove(message.architecture)
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
    end_with_parent()
    quiet_lightning()
    with suppress(EOFError, OSError):  # the parent process has ended
        connection.send(None)
        given = _Given(connection.recv_bytes())
        while True:
            group = connection.recv()
            for message in given.scores(group):
                connection.send(message)


class _Given:
    """What the process was given: the evaluator, which is read at the first group, and the number of threads."""

    def __init__(self, pickled: bytes) -> None:
        self._pickled = pickled
        self._read: tuple[Evaluator, int] | None = None

    def scores(self, group: TrialGroup) -> Iterator[Score | Exception]:
        """Yields the scores of a group, or an error in place of the rest."""
        try:
            evaluator, threads = self._read = self._read or pickle.loads(self._pickled)
            yield from run_trials(evaluator, group, threads)
        except Exception as error:
            yield portable(error)


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
