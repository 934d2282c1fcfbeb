"""Refuses to continue a run whose images have changed, because its stages would then have seen different ones."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from mobilenas.data import TaskData
from mobilenas.data.inventory import Inventory, changes_between
from mobilenas.files.artifact import found_artifact
from mobilenas.files.whole import read_whole, write_text
from mobilenas.stages.base import STAGE_NAMES

log = logging.getLogger(__name__)

INVENTORY = "images.json"
LARGEST = 100_000_000
"""The most bytes of an inventory or of a run's settings."""


def check_same_images(folder: Path, data: TaskData, settings: str) -> None:
    """Compares the images with those of the run that the same command has begun, and writes what they are.

    Args:
        folder: the folder of the run
        data: its images
        settings: the content of the file of its settings

    Raises:
        ValueError: the run is not complete, and was begun with other images; the error tells what has changed
    """
    now = data.inventory
    for other in [folder, *_with_same_settings(folder, settings)]:
        before = _read(other / INVENTORY)
        if not _is_begun(other) or not before or not now or not (changes := changes_between(before, now)):
            continue
        said = "; ".join(changes)
        if other != folder and _is_complete(other):
            log.warning("%s was made with other images (%s): a new run begins in %s.", other, said, folder)
            continue
        raise ValueError(
            f"{data.name}: the images have changed since {other} was begun ({said}): put them back to continue it, or"
            " begin a new run with fresh=true."
        )
    write_inventory(folder, data)


def write_inventory(folder: Path, data: TaskData) -> None:
    """Writes what the images of a run are."""
    if data.inventory:
        write_text(folder / INVENTORY, json.dumps(data.inventory, indent=1))


def _with_same_settings(folder: Path, settings: str) -> list[Path]:
    """Returns the other runs of a name that have the same settings; only their images can be others."""
    name = folder.name.rpartition("-")[0]
    others = (config.parent for config in sorted(folder.parent.glob(f"{name}-*/config.yaml")))
    return [other for other in others if other != folder and _text(other / "config.yaml") == settings]


def _is_begun(folder: Path) -> bool:
    """Returns whether a stage was begun, and so has seen the images; they are checked before."""
    return any((folder / name).is_dir() for name in STAGE_NAMES)


def _is_complete(folder: Path) -> bool:
    """Returns whether every stage that was begun is complete."""
    return all(found_artifact(folder / name).complete for name in STAGE_NAMES if (folder / name).is_dir())


def _read(path: Path) -> Inventory:
    try:
        found = json.loads(_text(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        return read_whole(path, LARGEST).decode()
    except (OSError, ValueError):
        return ""
