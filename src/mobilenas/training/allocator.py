"""Sets how the C library handles freed memory."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of malloc.h


def keep_freed_memory() -> bool:
    """Keeps freed memory for the next step; returns whether this could be set, which needs glibc.

    By default the memory of large tensors returns to the system when they are freed. Then every step of a supernet
    waits for new pages: a tenth of its time on a CPU. With this setting the process never becomes smaller.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, -1))
