"""Finds the images that a trained network is scored on: a split of a data set, or a folder of class folders."""

from collections.abc import Sequence
from pathlib import Path

from mobilenas.data.class_folders import check_spelling
from mobilenas.data.folders import subfolders

SPLIT_FOLDERS = ("test", "val", "train")


def scored_folder(root: Path, split: str | None = None) -> Path:
    """Returns the folder that holds the class folders to score.

    Args:
        root: holds class folders, or some of the folders ``train``, ``val`` and ``test``
        split: one of these folders; by default ``test`` if there is one, otherwise ``val``

    Raises:
        ValueError: there is no such folder, or its folders are of both kinds
    """
    if not root.is_dir():
        raise ValueError(f"There is no folder {root}: give a folder that has one folder of images for each class.")
    found = subfolders(root)
    splits = [name for name in SPLIT_FOLDERS if name in found]
    if not splits:
        check_spelling(root, found)
        if split:
            raise ValueError(f"{root} has no folder {split}, only {_few(found)}: leave out --split.")
        return root
    if others := sorted(set(found) - set(splits)):
        raise ValueError(
            f"{root} has the folders {', '.join(splits)} and {_few(others)}: it must have only train, val and test, or"
            " only one folder for each class."
        )
    chosen = split or splits[0]
    if chosen not in splits:
        raise ValueError(f"{root} has no folder {chosen}: choose from {', '.join(splits)} with --split.")
    if split is None and chosen == "train":
        raise ValueError(f"{root} has only the images of training: give --split train to score them.")
    return root / chosen


def calibration_folder(root: Path) -> Path:
    """Returns the folder of class folders from which the images for the ranges of 8-bit numbers come.

    It is ``train``, if there is one; otherwise it is the folder that is scored.
    """
    return root / "train" if "train" in subfolders(root) else scored_folder(root)


def _few(names: Sequence[str]) -> str:
    """Returns some of the names, so that a sentence on a thousand classes can be read."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} others" if len(names) > 5 else "")
