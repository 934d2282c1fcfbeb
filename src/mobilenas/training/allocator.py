"""Sets how the C library handles freed memory."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of malloc.h


def keep_freed_memory() -> bool:
    """Keeps freed memory for the next step; returns whether this could be set, which needs glibc.

    By default the memory of large tensors returns to the system when they are freed, and each step waits for new pages.
    On a CPU that is a tenth of the time of a supernet's step, and half of the time of a score by its weights. With this
    setting the process never becomes smaller.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, -1))
