"""Writes files that are whole at every moment, and keeps the hash of a file beside it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mobilenas.files.hashes import digest


def read_whole(path: Path, largest: int) -> bytes:
    """Returns the content of a file of a bounded size, which may come from anyone.

    Raises:
        OSError: it cannot be read
        ValueError: it is a folder, a pipe or a device, which may have no end, or it is larger
    """
    size = path.stat().st_size
    if not path.is_file():
        raise ValueError("it is no file")
    if size > largest:
        raise ValueError(f"it has {size:,} bytes, more than {largest:,}")
    return path.read_bytes()


def remove(path: Path) -> None:
    """Removes what is there: a file, a link or a folder with all that is in it; nothing if there is nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields the path of a new file, which takes the place of ``path`` at the end, in one step.

    After an error, a full disk for example, the old file is still there and the new one is removed.

    Raises:
        ValueError: ``path`` is a folder
    """
    if path.is_dir():
        raise ValueError(f"{path} is a folder, and a file must be written there: remove it, or choose another place.")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a text in UTF-8, whole or not at all."""
    with replacing(path) as new:
        new.write_text(text, "utf-8")


def seal(path: Path, new: Path | None = None) -> None:
    """Writes the hash of ``path``, or of ``new`` if that file is about to replace it, into a file beside ``path``.

    The hash of the old file is kept too, so that the process may be killed between the two steps.
    """
    known = [digest(new or path), *_seals(path)[:1]]
    write_text(_seal_of(path), "".join(f"{one}\n" for one in known))


def is_sealed(path: Path) -> bool:
    """Returns whether there is a file as it was when its hash was written."""
    return path.is_file() and digest(path) in _seals(path)


def _seals(path: Path) -> list[str]:
    seal = _seal_of(path)
    return seal.read_text("utf-8", "replace").split() if seal.is_file() else []


def _seal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
