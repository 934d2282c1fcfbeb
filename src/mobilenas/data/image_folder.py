"""Anyone's own images: a folder with a folder a class."""

import hashlib
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from mobilenas.data.augment import Augment
from mobilenas.data.folders import check_same_classes, list_images, subfolders
from mobilenas.data.image_data import ImageData
from mobilenas.data.split import as_count, split_off
from mobilenas.data.subset import draw_classes

SMALL = 64
"""Resolution in pixels up to which images are read into memory unless told otherwise."""

FOLDERS = MappingProxyType({"train": "train", "search": "val", "test": "test"})  # split: its folder


def image_folder(
    root: str,
    resolution: int,
    augment: Augment,
    search_images: float,
    test_share: float,
    split_seed: int,
    center_share: float,
    in_memory: bool | Literal["auto"],
    workers: int,
    classes: int | None = None,
) -> ImageData:
    """Images in ``root/{train,val,test}/class``, in ``root/{train,test}/class``, or in ``root/class``.

    Args:
        root: the folder
        resolution: height and width in pixels
        augment: what is done to training images
        search_images: for the search split, a number of images or, below 1, a share of the folder ``train``, or of all
            images where there is none
        test_share: for the test split, share of all images; ignored where there is a folder ``test``
        split_seed: of the split, apart from the run's seed
        center_share: share of the shorter side that is shown for evaluation
        in_memory: read all images at once; ``auto`` does so for small resolutions
        workers: processes that read
        classes: so many are drawn at random; all by default

    Raises:
        ValueError: the folder is not of this form, a class is too small, or an image is not readable
    """
    if in_memory not in (True, False, "auto"):
        raise ValueError(f"data: in_memory must be true, false or auto, not {in_memory!r}.")
    top = Path(root).expanduser()
    folders = split_folders(top)
    names = draw_classes(check_same_classes(folders), classes, split_seed)
    listing = list_images(top, folders, names)
    splits = dict(listing.splits)
    total = len(listing.splits["train"])
    for name, count in (("test", round(test_share * total)), ("search", as_count(search_images, total))):
        if name not in splits:
            splits = split_off(splits, name, count, listing.labels, names, split_seed)
    images = listing.images(resolution, center_share)
    source = f"{center_share} {hashlib.sha256(repr(listing.names).encode()).hexdigest()}"
    small = resolution <= SMALL if in_memory == "auto" else in_memory
    return ImageData(top.resolve().name, names, images.loaded() if small else images, splits, augment, workers, source)


def split_folders(root: Path) -> dict[str, Path]:
    """For each split that has a folder of its own, that folder; ``root`` itself is all of ``train`` if none has.

    Raises:
        ValueError: some but not enough of the folders are there, or others beside them
    """
    found = subfolders(root)
    if not set(FOLDERS.values()) & set(found):
        return {"train": root}
    if not {"train", "test"} <= set(found) <= set(FOLDERS.values()):
        raise ValueError(
            f"{root} has the folders {', '.join(found)}; "
            "it must have train, test and perhaps val, or nothing but a folder a class."
        )
    return {split: root / folder for split, folder in FOLDERS.items() if folder in found}
