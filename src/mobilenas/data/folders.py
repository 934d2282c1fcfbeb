"""Lists folders of images, with one folder for each class."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mobilenas.data.images import FileImages
from mobilenas.data.split_names import split_meant

IMAGE_FILES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""The endings of the names of image files, as in torchvision."""

HIDDEN = ("@eadir", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found")
"""Folders of storage systems, in small letters, which hold thumbnails and deleted files."""

IMAGE = "image"


@dataclass(frozen=True, eq=False)
class Listing:
    """The image files of some folders: names under ``root``, labels, and the positions that each folder has.

    ``left_out`` says how many other things were found there, by kind: ``hidden files``.
    """

    root: Path
    names: tuple[str, ...]
    labels: Tensor
    splits: Mapping[str, Tensor]
    left_out: Mapping[str, int]

    def images(self, resolution: int, center_share: float) -> FileImages:
        return FileImages(self.root, np.array(self.names), self.labels, resolution, center_share)


def subfolders(folder: Path) -> tuple[str, ...]:
    """Returns the names of the folders in a folder, in order, without hidden ones.

    Raises:
        ValueError: the folder is missing, or has no folder in it
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}; set data.root to a folder that has one folder for each class.")
    names = sorted(entry.name for entry in _entries(folder) if _kind(entry) is None)
    if not names:
        raise ValueError(f"{folder} has no folders; the images of each class must be in their own folder.")
    return tuple(names)


def list_images(root: Path, folders: Mapping[str, Path], classes: Sequence[str]) -> Listing:
    """Returns the images of each split's folder.

    Args:
        root: the folder above all of them
        folders: for each split, the folder that holds its class folders
        classes: names of the class folders, in the order of the labels

    Raises:
        ValueError: a class has no images in one of the folders
    """
    names: list[str] = []
    labels: list[int] = []
    splits, left_out = {}, Counter[str]()
    for split, folder in folders.items():
        start = len(names)
        for label, name in enumerate(classes):
            found = _image_files(folder / name, root, left_out)
            if not found:
                raise ValueError(_without_images(folder / name, folders.values()))
            names += found
            labels += [label] * len(found)
        splits[split] = torch.arange(start, len(names))
        left_out.update(_outside(folder))
    return Listing(root, tuple(names), torch.tensor(labels), splits, dict(sorted(left_out.items())))


def check_same_classes(folders: Mapping[str, Path]) -> tuple[str, ...]:
    """Returns the classes of the folders; raises ValueError if a folder has a class that another folder lacks."""
    first, *others = folders.values()
    classes = subfolders(first)
    for folder in others:
        for name in sorted(set(classes) ^ set(subfolders(folder))):
            has, lacks = (first, folder) if name in classes else (folder, first)
            raise ValueError(f"The class {name!r} is in {has} but not in {lacks}; both must have the same classes.")
    return classes


def _image_files(folder: Path, root: Path, left_out: Counter[str]) -> list[str]:
    """Returns the names of the images of a class, at any depth, and counts all else that is there.

    Raises:
        ValueError: the class has folders of splits, which would be mixed
    """
    within = {split_meant(entry.name) for entry in _entries(folder) if _kind(entry) is None}
    if len(within) > 1 and None not in within:
        raise ValueError(
            f"{folder} has folders of splits: a split must be above its classes, as {root / 'train' / folder.name}."
        )
    names: list[str] = []
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        prefix = place.relative_to(root).as_posix()
        for entry in _entries(place):
            kind = _kind(entry)
            if kind is None and entry.is_symlink():
                left_out["links to folders"] += 1  # they may lead in a circle
            elif kind is None:
                waiting.append(place / entry.name)
            elif kind == IMAGE:
                names.append(f"{prefix}/{entry.name}")
            else:
                left_out[kind] += 1
    return sorted(names)


def _without_images(folder: Path, splits: Collection[Path]) -> str:
    """Says what to do about a class without images; all splits must keep the same classes."""
    remove = " and ".join(str(split / folder.name) for split in splits)
    them = "" if len(splits) == 1 else ", because all splits must have the same classes"
    return f"{folder} has no images ({', '.join(IMAGE_FILES)}); add some, or remove {remove}{them}."


def _outside(folder: Path) -> Iterator[str]:
    """Yields the kind of each thing beside the folders of the classes."""
    for entry in _entries(folder):
        if kind := _kind(entry):
            yield kind if kind.startswith("hidden") else "files outside the folders of the classes"


def _kind(entry: os.DirEntry[str]) -> str | None:
    """Returns what an entry is if it is left out, ``IMAGE`` for the name of an image, and None for a folder."""
    is_folder = _is(entry.is_dir)
    if entry.name.startswith((".", "__")) or entry.name.casefold() in HIDDEN:
        return "hidden folders" if is_folder else "hidden files"
    if is_folder:
        return None
    if not _is(entry.is_file):
        return "broken links" if entry.is_symlink() else "pipes and devices"
    return IMAGE if entry.name.lower().endswith(IMAGE_FILES) else "files of other kinds"


def _is(question: Callable[[], bool]) -> bool:
    """Asks a folder's entry; a link in a circle is nothing."""
    try:
        return question()
    except OSError:
        return False


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError as error:
        raise ValueError(f"The folder {folder} cannot be read: {error.strerror}.") from None
