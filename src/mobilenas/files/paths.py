"""Reads paths as a user writes them."""

from pathlib import Path


def path_of(text: str) -> Path:
    """Returns the path that a text means; ``~`` is the home folder, as in a shell.

    Raises:
        ValueError: it begins with ``~`` and the name of somebody who is unknown here
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        name = Path(text).parts[0]
        raise ValueError(f"{text}: there is no home folder {name}; write ./{name} for a folder of this name.") from None
