"""Bounds the time that a processor works on settings, which may be from elsewhere."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mobilenas.settings import SettingsError

LONGEST_S = 3.0
"""The longest time in seconds that a processor may work on the settings of one run; they usually take a tenth of it."""


class _TimeIsUp(BaseException):
    """Is no Exception, so that code which catches errors does not catch it."""


@contextmanager
def limited(said: str) -> Iterator[None]:
    """Raises SettingsError after too much time of the processor, on systems that can measure it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TimeIsUp

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
    try:
        yield
    except (_TimeIsUp, RecursionError):
        raise SettingsError([said.format(f"{LONGEST_S:g}")]) from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
