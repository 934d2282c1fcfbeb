"""Names that come from settings and files, and become parts of paths."""

import re

LONGEST = 100
"""The most bytes of a name in UTF-8; a file's name may have 255, and others are put before and after this one."""


def check_name(name: str, what: str = "name", reserved: tuple[str, ...] = ()) -> None:
    """Raises ValueError if a name cannot be the name of a file or a folder, or a part of it.

    Args:
        name: the name
        what: says in the error what has the name
        reserved: names of files that stand in the same folder
    """
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise ValueError(f"{what} must be made of letters, digits, '_', '-' and '.', not {name[:LONGEST]!r}.")
    if len(name.encode()) > LONGEST:
        raise ValueError(
            f"{what} must be shorter: {name[:20]!r}... has {len(name)} letters, more than {LONGEST} bytes."
        )
    if name.casefold() in reserved:
        raise ValueError(
            f"{what} must not be {name!r}, which is the name of another file of a run: choose another name."
        )


def name_of(text: str) -> str:
    """Returns a name that is made of a text or a path: the last part, without its ending."""
    last = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    letters = re.sub(r"[^\w.-]+", "-", re.sub(r"\.ya?ml$", "", last)).strip("-.")
    return letters.encode()[:LONGEST].decode(errors="ignore") or "network"


def file_name(network: str, ending: str) -> str:
    """Returns the name of a network's file; characters with a meaning in paths or addresses become ``_``."""
    return re.sub(r"[^\w.-]", "_", network, flags=re.ASCII) + ending
