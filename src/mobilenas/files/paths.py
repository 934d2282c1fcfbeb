"""Reads paths as a user writes them."""

from pathlib import Path


def path_of(text: str) -> Path:
    """Returns the path that a text means; ``~`` is the home folder, as in a shell."""
    return Path(text).expanduser()
