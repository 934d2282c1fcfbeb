"""File names that come from a list, and may only lead to files within a folder."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from reprlib import Repr

from mobilenas.data.folders import HIDDEN


def short(value: object) -> str:
    """Returns a value as Python writes it, of bounded length and in one line, whatever it is."""
    how = Repr()
    how.maxstring = 100
    return how.repr(value)


def check_inside(name: str, origin: str) -> str:
    """Returns a file name; raises ValueError if it leads out of the folder.

    Args:
        name: the name, perhaps with folders before it
        origin: says in errors who names it
    """
    for kind in (PurePosixPath(name), PureWindowsPath(name)):
        if kind.anchor or ".." in kind.parts or not kind.parts:
            raise ValueError(
                f"{origin} names the file {short(name)}, which is not a path within the folder of the images: write it"
                " without .. and without a / at its beginning."
            )
    return name


def is_within(folder: Path, name: str) -> bool:
    """Whether a folder has a file of this name."""
    try:
        return (folder / name).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def some_of(names: Iterable[str]) -> str:
    """Returns up to three names for a sentence, and how many more there are."""
    every = sorted(names)
    more = f" and {len(every) - 3:,} more" if len(every) > 3 else ""
    return ", ".join(map(short, every[:3])) + more


def names_under(folder: Path, endings: tuple[str, ...]) -> dict[str, str]:
    """Returns the files at any depth of a folder, without hidden ones, by their names without the ending.

    Args:
        folder: the folder
        endings: endings of file names, in small letters

    Raises:
        ValueError: the folder is missing, or has two files whose names differ only in their endings
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: correct data.root, or add the folder.")
    found: dict[str, str] = {}
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(one for one in folders if not is_hidden(one))
        for name in sorted(files):
            ending = next((one for one in endings if name.lower().endswith(one)), None)
            if ending is None or is_hidden(name):
                continue
            path = (Path(place) / name).relative_to(folder).as_posix()
            other = found.setdefault(path[: -len(ending)], path)
            if other != path:
                raise ValueError(f"{folder} has {other} and {path}: names must differ in more than their endings.")
    return found


def is_hidden(name: str) -> bool:
    """Whether a file or a folder of this name is none of the user's images."""
    return name.startswith((".", "__")) or name.casefold() in HIDDEN


def _refuse(error: OSError) -> None:
    raise ValueError(f"The folder {error.filename} cannot be read: {error.strerror}.") from None
