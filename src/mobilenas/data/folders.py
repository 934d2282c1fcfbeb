"""Lists folders of images, with one folder for each class."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mobilenas.data.images import FileImages

IMAGE_FILES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""The endings of the names of image files, as in torchvision."""


@dataclass(frozen=True, eq=False)
class Listing:
    """The image files of some folders: names under ``root``, labels, and the positions that each folder has."""

    root: Path
    names: tuple[str, ...]
    labels: Tensor
    splits: Mapping[str, Tensor]

    def images(self, resolution: int, center_share: float) -> FileImages:
        return FileImages(self.root, np.array(self.names), self.labels, resolution, center_share)


def subfolders(folder: Path) -> tuple[str, ...]:
    """Returns the names of the folders in a folder, in order, without hidden ones.

    Raises:
        ValueError: the folder is missing, or has no folder in it
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}; set data.root to a folder that has one folder for each class.")
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not _hidden(entry.name))
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
    splits = {}
    for split, folder in folders.items():
        start = len(names)
        for label, name in enumerate(classes):
            found = _image_files(folder / name, root)
            names += found
            labels += [label] * len(found)
        splits[split] = torch.arange(start, len(names))
    return Listing(root, tuple(names), torch.tensor(labels), splits)


def check_same_classes(folders: Mapping[str, Path]) -> tuple[str, ...]:
    """Returns the classes of the folders; raises ValueError if a folder has a class that another folder lacks."""
    first, *others = folders.values()
    classes = subfolders(first)
    for folder in others:
        for name in sorted(set(classes) ^ set(subfolders(folder))):
            has, lacks = (first, folder) if name in classes else (folder, first)
            raise ValueError(f"The class {name!r} is in {has} but not in {lacks}; both must have the same classes.")
    return classes


def _image_files(folder: Path, root: Path) -> list[str]:
    names: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _hidden(name)]
        prefix = Path(place).relative_to(root).as_posix()
        names += [f"{prefix}/{name}" for name in files if name.lower().endswith(IMAGE_FILES) and not _hidden(name)]
    if not names:
        raise ValueError(f"{folder} has no images ({', '.join(IMAGE_FILES)}); add some, or remove the folder.")
    return sorted(names)


def _hidden(name: str) -> bool:
    return name.startswith((".", "__"))
