"""SIGTERM, by which a cluster stops a process, as an exception like that of Ctrl-C; neither of them gets lost."""

import _thread
import os
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


class Terminated(KeyboardInterrupt):
    """The process was told to end."""


def raise_at_sigterm() -> None:
    """Makes SIGTERM raise ``Terminated`` in this process, so that open files and other processes are closed."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _raise)
        sys.unraisablehook = _raise_again


def end_with_parent() -> None:
    """Makes a process of multiprocessing end as soon as the one that started it has ended, even by SIGKILL."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _raise_again(lost: "UnraisableHookArgs") -> None:
    """Raises a stop again, a moment later, that came while Python tidied up, where it ignores every exception."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    number = signal.SIGTERM if issubclass(lost.exc_type, Terminated) else signal.SIGINT
    again = threading.Timer(0.1, _thread.interrupt_main, [number])
    again.daemon = True
    again.start()
