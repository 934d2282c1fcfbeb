"""Reads the names of classes from a text file."""

from collections import Counter
from pathlib import Path

from mobilenas.files.whole import read_whole

LARGEST = 10_000_000
"""The most bytes of a file of names."""


def read_names(path: Path) -> tuple[str, ...]:
    """Returns the names in a text file, one a line.

    Raises:
        ValueError: the file cannot be read, or it has a name twice
    """
    try:
        text = read_whole(path, LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; give a text file of classes.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8.") from None
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}.") from None
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if twice := next((name for name, count in Counter(names).items() if count > 1), None):
        raise ValueError(f"{path} has the class {twice!r} twice: each output has a class of its own.")
    return names
