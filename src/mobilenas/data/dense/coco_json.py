"""Reads the lists in a JSON file of COCO's format, which may come from anyone."""

import json
from collections.abc import Mapping
from pathlib import Path

from mobilenas.data.dense.names import short
from mobilenas.files.whole import read_whole

LARGEST = 4_000_000_000
"""The most bytes of a file of annotations; those of COCO's training images have 450 million."""

LISTS = ("images", "annotations", "categories")

Entry = Mapping[str, object]
"""An image, an annotation or a category as the file states it."""


def read_coco_lists(path: Path) -> dict[str, dict[int, Entry]]:
    """Returns the entries of each list by their ids.

    Raises:
        ValueError: the file cannot be read, it is no JSON of COCO's format, or two entries of a list have one id
    """
    try:
        content = json.loads(read_whole(path, LARGEST))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; give a JSON file of COCO's format.") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} cannot be read as JSON ({' '.join(str(error).split()):.200}): export it again."
        ) from None
    if not isinstance(content, dict) or not all(isinstance(content.get(name), list) for name in LISTS):
        raise ValueError(
            f"{path} is not in COCO's format: it must be an object with the lists {', '.join(LISTS)}; convert it."
        )
    return {name: _by_id(path, name, content[name]) for name in LISTS}


def _by_id(path: Path, name: str, entries: list[object]) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for position, entry in enumerate(entries):
        number = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(number, int) or isinstance(number, bool):
            raise ValueError(
                f"{path}: entry {position} of {name}, counted from 0, is {short(entry)}, and has no id that is a whole"
                " number: give it one, or remove it."
            )
        if number in found:
            raise ValueError(f"{path}: two entries of {name} have the id {short(number)}: each needs an id of its own.")
        found[number] = entry
    return found
