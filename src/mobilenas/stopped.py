"""SIGTERM, by which a cluster stops a process, as an exception like that of Ctrl-C."""

import signal
import threading
from types import FrameType


class Terminated(KeyboardInterrupt):
    """The process was told to end."""


def raise_at_sigterm() -> None:
    """Makes SIGTERM raise ``Terminated`` in this process, so that open files and other processes are closed."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Terminated
