"""The user's own images: a folder with one folder for each class."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import MISSING, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from mobilenas.data.augment import Augment
from mobilenas.data.base import LabelledSet
from mobilenas.files.paths import path_of
from mobilenas.network.published_weights import NormalizationName
from mobilenas.settings import Fraction, NonEmpty, ProperShare, aside, settings

if TYPE_CHECKING:
    from mobilenas.data.image_data import ImageData

SMALL = 64
"""The largest resolution in pixels at which ``in_memory: auto`` keeps images in memory."""

FOLDERS = MappingProxyType({"train": "train", "search": "val", "test": "test"})  # split: its folder


@settings
class ImageFolder(LabelledSet):
    """Images in ``root/{train,val,test}/class``, in ``root/{train,test}/class``, or in ``root/class``.

    If ``search_images`` is a share, it is a share of the folder ``train``, or of all images if there is no such folder.

    Args:
        test_share: share of all images for the split ``test``; ignored if there is a folder ``test``
        center_share: share of the shorter side that evaluation sees
        in_memory: whether all images are kept in memory; ``auto`` does so for small resolutions
        root: the folder
        cache: folder for the decoded pixels, so that the next command does not decode the images again; null keeps none
    """

    test_share: ProperShare
    center_share: Fraction = field()
    in_memory: bool | Literal["auto"]
    root: NonEmpty = aside(default=MISSING)
    cache: NonEmpty | None = aside(default=None)

    def load(self) -> ImageData:
        from mobilenas.data.folders import check_same_classes, list_images
        from mobilenas.data.image_data import ImageData
        from mobilenas.data.memory import check_in_memory
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
        if self._is_held_in_memory:
            check_in_memory(len(listing.names), self.resolution, ", or data.in_memory=false")
        images = files.decoded(path_of(self.cache) if self.cache else None) if self._is_held_in_memory else files
        source = f"{self.center_share} {hashlib.sha256(repr(listing.names).encode()).hexdigest()}"
        return ImageData(
            root.resolve().name, names, images, splits, self.augment, self.workers, source, listing.left_out,
            self.given_normalization,
        )  # fmt: skip

    @property
    def _is_held_in_memory(self) -> bool:
        return self.resolution <= SMALL if self.in_memory == "auto" else self.in_memory


def image_folder(
    root: str,
    resolution: int,
    augment: Augment = Augment(),
    search_images: float = 0.2,
    test_share: float = 0.2,
    split_seed: int = 0,
    center_share: float = 1.0,
    in_memory: bool | Literal["auto"] = "auto",
    workers: int = 0,
    classes: int | None = None,
    normalization: Literal["measured"] | NormalizationName | tuple[float, ...] | None = None,
) -> ImageData:
    """Returns the images of ``ImageFolder``, whose settings are the arguments.

    Raises:
        ValueError: an argument is wrong, or the folder has no such images
    """
    return ImageFolder(
        root=root,
        resolution=resolution,
        augment=augment,
        search_images=search_images,
        test_share=test_share,
        split_seed=split_seed,
        center_share=center_share,
        in_memory=in_memory,
        workers=workers,
        classes=classes,
        normalization=normalization,
    ).load()


def split_folders(root: Path) -> dict[str, Path]:
    """Returns the folder of each split that has one; if no split has one, ``root`` is the folder of ``train``.

    Raises:
        ValueError: some but not enough of the folders are there, or there are other folders beside them
    """
    from mobilenas.data.folders import subfolders

    found = subfolders(root)
    if not set(FOLDERS.values()) & set(found):
        check_spelling(root, found)
        return {"train": root}
    if not {"train", "test"} <= set(found) <= set(FOLDERS.values()):
        raise ValueError(
            f"{root} has the folders {', '.join(found)}; "
            "it must have train, test and perhaps val, or only one folder for each class."
        )
    return {split: root / folder for split, folder in FOLDERS.items() if folder in found}


def check_spelling(root: Path, found: Sequence[str]) -> None:
    """Raises ValueError for a folder that may be meant for a split, but would be taken for a class."""
    from mobilenas.data.split_names import split_meant

    for name in found:
        if close := split_meant(name):
            raise ValueError(
                f"{root} has a folder {name!r}. If it is the split {close}, call it {close}: the folders of splits are"
                f" train, test and perhaps val. If it is a class, put the folders of all classes into {root / 'train'},"
                f" and those of the test images into {root / 'test'}."
            )
