"""Paths as people write them."""

from pathlib import Path


def local_path(text: str) -> Path:
    """The path that a setting names; ``~`` is the home folder."""
    return Path(text).expanduser()
