"""The processes of a command: those that it has started, and those that outlive it."""

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ADOPTS = 36
"""PR_SET_CHILD_SUBREAPER of Linux: the process becomes the parent of those whose parent has ended."""


def children(process: int) -> Iterator[int]:
    """Yield the processes that a process has started, and theirs."""
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = list(map(int, path.read_text().split()))
        except OSError:
            continue
        for child in found:
            yield child
            yield from children(child)


def adopt_orphans() -> None:
    """Make this process the parent of those whose parent ends."""
    ctypes.CDLL(None).prctl(ADOPTS, 1, 0, 0, 0)


def orphans(seconds: float) -> list[str]:
    """Return the command lines of adopted processes that have not ended after some seconds, and end them."""
    late = time.monotonic() + seconds
    while (left := _living()) and time.monotonic() < late:
        time.sleep(0.1)
    lines = [line for one in left if (line := _line(one))]  # one that has just ended has none
    for one in left:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    return lines


def _living() -> list[int]:
    """Return the processes of this one that have not ended; those that have are buried."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return list(children(os.getpid()))


def _line(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""
