"""ImageNet (ILSVRC 2012), as torchvision unpacks it: folders train and val, with one folder for each class."""

from __future__ import annotations

from dataclasses import MISSING, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mobilenas.data.base import LabelledSet
from mobilenas.files.paths import path_of
from mobilenas.settings import Fraction, NonEmpty, aside, settings

if TYPE_CHECKING:
    from mobilenas.data.image_data import ImageData

FOLDERS = MappingProxyType({"train": "train", "test": "val"})  # split: its folder


@settings
class ImageNetFolders(LabelledSet):
    """ImageNet; the official validation images are the test split.

    Args:
        center_share: share of the shorter side that evaluation sees
        root: folder with ``train`` and ``val``, or with the official archives, which are then unpacked
    """

    center_share: Fraction = field()
    root: NonEmpty = aside(default=MISSING)

    def load(self) -> ImageData:
        from mobilenas.data.folders import check_same_classes, list_images
        from mobilenas.data.image_data import ImageData
        from mobilenas.data.split import as_count, split_off
        from mobilenas.data.subset import draw_classes

        root = path_of(self.root)
        folders = {split: _unpacked(root, folder) for split, folder in FOLDERS.items()}
        names = draw_classes(check_same_classes(folders), self.classes, self.split_seed)
        listing = list_images(root, folders, names)
        count = as_count(self.search_images, len(listing.splits["train"]))
        splits = split_off(dict(listing.splits), "search", count, listing.labels, names, self.split_seed)
        images = listing.images(self.resolution, self.center_share)
        source = f"imagenet {self.center_share}"
        return ImageData(
            "imagenet", names, images, splits, self.augment, self.workers, source, listing.left_out,
            self.given_normalization,
        )  # fmt: skip


def _unpacked(root: Path, folder: str) -> Path:
    if not (root / folder).is_dir():
        from torchvision.datasets import ImageNet

        try:
            ImageNet(root, folder)
        except (RuntimeError, OSError) as error:
            raise ValueError(
                f"ImageNet's {folder} images are not in {root}: set data.root to a folder with train and val, "
                f"or put the official archives there ({' '.join(str(error).split())})."
            ) from None
    return root / folder
