"""What a data set holds, in a form that is small and tells which classes have changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mobilenas.settings.words import counted

Inventory = Mapping[str, Mapping[str, tuple[int, str]]]
"""For each split, for each class the number of its images and a short hash of their names and sizes."""

MOST_NAMED = 5
"""The most changes that a sentence names."""


def entry_of(files: Sequence[str | Path]) -> tuple[int, str]:
    """Returns the number of some files, and a short hash of their names and sizes."""
    found = sorted((os.path.basename(file), os.stat(file).st_size) for file in files)  # noqa: PTH116, PTH119 - many
    return len(found), hashlib.sha256(repr(found).encode()).hexdigest()[:16]


def changes_between(before: Inventory, now: Inventory) -> list[str]:
    """Returns in words what has changed from one inventory to another, the first changes alone if there are many."""
    said = list[str]()
    for split in dict.fromkeys((*before, *now)):
        old, new = before.get(split, {}), now.get(split, {})
        for name in dict.fromkeys((*old, *new)):
            first, second = old.get(name, (0, "")), new.get(name, (0, ""))
            if tuple(first) != tuple(second):
                said.append(_in_words(split, name, first[0], second[0]))
    more = len(said) - MOST_NAMED
    return [*said[:MOST_NAMED], *([f"{counted(more, 'other change')}"] if more > 0 else [])]


def _in_words(split: str, name: str, before: int, now: int) -> str:
    of = f" of {name}" if name else ""
    if before == now:
        return f"{split}: other files among the {counted(now, 'image')}{of}"
    return f"{split}: {counted(now, 'image')}{of} instead of {before:,}"
