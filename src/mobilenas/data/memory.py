"""Whether images fit into this machine's memory."""

import os


def memory_bytes() -> int | None:
    """Returns the size of the machine's memory; None where the system does not tell."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def check_in_memory(count: int, resolution: int, way_out: str = "") -> None:
    """Raises ValueError if square images in bytes would not fit into memory.

    Args:
        count: number of images
        resolution: their height and width in pixels
        way_out: what else helps than a smaller resolution
    """
    needed, memory = 3 * count * resolution**2, memory_bytes()
    if memory and needed > memory:
        raise ValueError(
            f"data.resolution={resolution} needs {needed / 1e9:,.0f} GB to keep {count:,} images in memory, and the"
            f" machine has {memory / 1e9:,.0f} GB: choose a smaller resolution{way_out}."
        )
