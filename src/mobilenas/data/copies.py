"""Finds files that are in two splits, because accuracy on images that were trained on says nothing."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mobilenas.files.hashes import digest

END = 4096
"""The number of bytes at the end of a file by which it is compared with others first."""

Found = tuple[str, Path]
"""The name of a split, and a file in it."""


def copies_in(splits: Mapping[str, Sequence[Path]]) -> str:
    """Returns a sentence on identical files in two splits; an empty text if there are none.

    A file is read as a whole only if another one has the same size and the same end. So 100,000 photos take seconds.

    Args:
        splits: the files of each split
    """
    files = [(name, path) for name, paths in splits.items() for path in paths]
    groups = [files]
    for of in (_size, end_of, digest):
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


def _alike(files: Iterable[Found], of: Callable[[Path], Hashable]) -> list[list[Found]]:
    """Returns the files that have the same value, where they are of two splits or more."""
    groups = defaultdict[Hashable, list[Found]](list)
    for split, path in files:
        groups[of(path)].append((split, path))
    return [group for group in groups.values() if len({split for split, _ in group}) > 1]


def _size(path: Path) -> int:
    return path.stat().st_size


def sized_ends(paths: Iterable[Path]) -> Iterator[bytes]:
    """Yields the size and the end of each file, which tell compressed files apart; whole files would take too long."""
    for path in paths:
        yield f"{path.stat().st_size} ".encode() + end_of(path)


def end_of(path: Path) -> bytes:
    """Returns the last bytes of a file."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - END))
        return file.read(END)
