"""Finds files that are in two splits, because accuracy on images that were trained on says nothing."""

import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from mobilenas.files.hashes import digest

END = 4096
"""The number of bytes at the end of a file by which it is compared with others first."""

AnyPath = str | Path
Found = tuple[str, AnyPath]
"""The name of a split, and a file in it."""


def copies_in(splits: Mapping[str, Sequence[AnyPath]], ends: Mapping[str, bytes] | None = None) -> str:
    """Returns a sentence on identical files in two splits; an empty text if there are none.

    A file is read as a whole only if another one has the same size and the same end. So 100,000 photos take seconds.

    Args:
        splits: the files of each split
        ends: a hash of the size and the last bytes of each file, where it is known
    """
    files = [(name, path) for name, paths in splits.items() for path in paths]
    groups = [files]
    first = (lambda path: ends[str(path)],) if ends else (_size, end_of)
    for of in (*first, _digest):
        groups = [alike for group in groups for alike in _alike(group, of)]
    if not groups:
        return ""
    count = sum(len(group) for group in groups)
    (split, one), *others = groups[0]
    other_split, other = next(found for found in others if found[0] != split)
    return (
        f"{count} files are copies of a file in another split, for example {one} in {split} and {other} in"
        f" {other_split}: accuracy is too high where a network was trained on a copy, so leave one of each."
    )


def _alike(files: Iterable[Found], of: Callable[[AnyPath], Hashable]) -> list[list[Found]]:
    """Returns the files that have the same value, where they are of two splits or more."""
    groups = defaultdict[Hashable, list[Found]](list)
    for split, path in files:
        groups[of(path)].append((split, path))
    return [group for group in groups.values() if len({split for split, _ in group}) > 1]


def _size(path: AnyPath) -> int:
    return os.stat(path).st_size  # noqa: PTH116 - for 100,000 files a Path for each takes longer than the rest


def _digest(path: AnyPath) -> str:
    return digest(Path(path))


def sized_ends(paths: Iterable[AnyPath]) -> Iterator[bytes]:
    """Yields the size and the end of each file, which tell compressed files apart; whole files would take too long."""
    for path in paths:
        yield f"{_size(path)} ".encode() + end_of(path)


def end_of(path: AnyPath) -> bytes:
    """Returns the last bytes of a file."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as above
        return end_in(file)[1]


def end_in(file: IO[bytes]) -> tuple[int, bytes]:
    """Returns the size of an opened file and its last bytes."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - END))
    return size, file.read(END)
