"""SIGTERM, by which a cluster stops a process, as an exception like that of Ctrl-C; neither of them gets lost."""

import _thread
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


STOPS = frozenset({signal.SIGINT, signal.SIGTERM})


class Terminated(KeyboardInterrupt):
    """The process was told to end."""


_ASKED: list[type[KeyboardInterrupt]] = []


def raise_at_sigterm() -> None:
    """Makes SIGTERM raise ``Terminated`` in this process, so that open files and other processes are closed.

    ``asked_to_stop`` then knows of SIGTERM and of Ctrl-C.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    signal.signal(signal.SIGTERM, _raise)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _raise)
    sys.unraisablehook = _raise_again


@contextmanager
def handler_kept(number: int) -> Iterator[None]:
    """Gives a signal, at the end of the block, the handler back that it has before; other threads have no handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(number)
    try:
        yield
    finally:
        signal.signal(number, before)


def forget_stops() -> None:
    """Begins anew: a process that runs several commands may have been asked to stop an earlier one."""
    _ASKED.clear()


def asked_to_stop() -> KeyboardInterrupt | None:
    """Returns the stop that this process was asked for, even if Python has swallowed it, as it does in some lookups."""
    return _ASKED[-1]() if _ASKED else None


def leave_stops_to_parent() -> None:
    """Makes a process that reads leave Ctrl-C to the process that started it, and end silently at SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def end_with_parent() -> None:
    """Makes a process of multiprocessing end as soon as the one that started it has ended, even by SIGKILL."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(0)


def _raise(number: int, frame: FrameType | None) -> None:
    stop = Terminated if number == signal.SIGTERM else KeyboardInterrupt
    _ASKED.append(stop)
    raise stop


def _raise_again(lost: "UnraisableHookArgs") -> None:
    """Raises a stop again, a moment later, that came while Python tidied up, where it ignores every exception."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    number = signal.SIGTERM if issubclass(lost.exc_type, Terminated) else signal.SIGINT
    again = threading.Timer(0.1, _thread.interrupt_main, [number])
    again.daemon = True
    again.start()
