"""Anyone's own images: a folder with a folder a class."""

from __future__ import annotations

import hashlib
from dataclasses import MISSING, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from mobilenas.data.base import DataSet
from mobilenas.files.paths import path_of
from mobilenas.settings import Fraction, ProperShare, aside, settings

if TYPE_CHECKING:
    from mobilenas.data.image_data import ImageData

SMALL = 64
"""Resolution in pixels up to which images are held in memory unless told otherwise."""

FOLDERS = MappingProxyType({"train": "train", "search": "val", "test": "test"})  # split: its folder


@settings
class ImageFolder(DataSet):
    """Images in ``root/{train,val,test}/class``, in ``root/{train,test}/class``, or in ``root/class``.

    A share of ``search_images`` is one of the folder ``train``, or of all images where there is no such folder.

    Args:
        test_share: for the test split, share of all images; ignored where there is a folder ``test``
        center_share: share of the shorter side that is shown for evaluation
        in_memory: hold all images in memory; ``auto`` does so for small resolutions
        root: the folder
        cache: folder where the pixels of images in memory are kept, so that the next command need not decode the
            images again; none if null
    """

    test_share: ProperShare
    center_share: Fraction = field()
    in_memory: bool | Literal["auto"]
    root: str = aside(default=MISSING)
    cache: str | None = aside(default=None)

    def load(self) -> ImageData:
        from mobilenas.data.folders import check_same_classes, list_images
        from mobilenas.data.image_data import ImageData
        from mobilenas.data.split import as_count, split_off
        from mobilenas.data.subset import draw_classes

        root = path_of(self.root)
        folders = split_folders(root)
        names = draw_classes(check_same_classes(folders), self.classes, self.split_seed)
        listing = list_images(root, folders, names)
        splits = dict(listing.splits)
        total = len(splits["train"])
        for name, count in (("test", round(self.test_share * total)), ("search", as_count(self.search_images, total))):
            if name not in splits:
                splits = split_off(splits, name, count, listing.labels, names, self.split_seed)
        files = listing.images(self.resolution, self.center_share)
        images = files.decoded(path_of(self.cache) if self.cache else None) if self._is_held_in_memory else files
        source = f"{self.center_share} {hashlib.sha256(repr(listing.names).encode()).hexdigest()}"
        return ImageData(root.resolve().name, names, images, splits, self.augment, self.workers, source)

    @property
    def _is_held_in_memory(self) -> bool:
        return self.resolution <= SMALL if self.in_memory == "auto" else self.in_memory


def split_folders(root: Path) -> dict[str, Path]:
    """For each split that has a folder of its own, that folder; ``root`` itself is all of ``train`` if none has.

    Raises:
        ValueError: some but not enough of the folders are there, or others beside them
    """
    from mobilenas.data.folders import subfolders

    found = subfolders(root)
    if not set(FOLDERS.values()) & set(found):
        return {"train": root}
    if not {"train", "test"} <= set(found) <= set(FOLDERS.values()):
        raise ValueError(
            f"{root} has the folders {', '.join(found)}; "
            "it must have train, test and perhaps val, or only one folder for each class."
        )
    return {split: root / folder for split, folder in FOLDERS.items() if folder in found}
