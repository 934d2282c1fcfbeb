"""Finds the splits of images with masks by the names of their folders."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mobilenas.data.dense.coco_folders import SPLITS
from mobilenas.data.dense.masks import MaskListing, read_masks
from mobilenas.data.dense.names import is_hidden
from mobilenas.data.split_names import split_meant
from mobilenas.files.class_names import read_names
from mobilenas.task.targets import IGNORED

CLASSES = "classes.txt"


def read_mask_folders(
    root: Path, ignored: Sequence[int] = (IGNORED,), needs_train: bool = True
) -> dict[str, MaskListing]:
    """Returns the images of each split with their masks.

    The folders are ``images/train`` and ``masks/train``, and perhaps the same of ``val`` and ``test``; or only
    ``images`` and ``masks``, and then all images are those of ``train``. The names of the classes are the lines of
    ``classes.txt``. Without this file they are ``class 0`` and so on, up to the largest label in the first split.

    Args:
        root: the folder above ``images`` and ``masks``
        ignored: labels of pixels that are ignored
        needs_train: whether the split train must be there; otherwise any is enough

    Raises:
        ValueError: the folders have other names, or an image or a mask lacks its counterpart
    """
    classes = _class_names(root / CLASSES)
    found: dict[str, MaskListing] = {}
    for split, (images, masks) in _folders(root, needs_train).items():
        found[split] = read_masks(images, masks, classes, ignored)
        first = next(iter(found.values()))
        classes = first.classes
        found[split] = replace(found[split], labels=first.labels)
    return found


def _folders(root: Path, needs_train: bool) -> dict[str, tuple[Path, Path]]:
    """Returns the folders of images and masks of each split, ``train`` first."""
    images, masks = root / "images", root / "masks"
    if not images.is_dir() or not masks.is_dir():
        raise ValueError(f"{root} needs the two folders images and masks, with files of the same names: add them.")
    folders = {
        place: {one.name for one in place.iterdir() if one.is_dir() and not is_hidden(one.name)}
        for place in (images, masks)
    }
    splits = [split for split in SPLITS if split in folders[images] | folders[masks]]
    for place, names in folders.items():
        for name in sorted(names - set(SPLITS)):
            if close := split_meant(name):
                raise ValueError(f"{place} has a folder {name!r}: if it is the split {close}, call it {close}.")
            if splits:
                raise ValueError(
                    f"{place} has a folder {name!r} beside {splits[0]}: only train, val and test may be there."
                )
        for split in splits:
            if split not in names:
                raise ValueError(f"{place} has no folder {split}: images and masks need the same folders.")
    if splits and needs_train and "train" not in splits:
        raise ValueError(f"{images} has the folder {splits[0]} but not train: add the training images.")
    return {split: (images / split, masks / split) for split in splits} or {"train": (images, masks)}


def _class_names(path: Path) -> tuple[str, ...] | None:
    if not path.exists():
        return None
    return read_names(path)
