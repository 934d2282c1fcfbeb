"""ImageNet (ILSVRC 2012), as torchvision unpacks it: folders train and val, one folder a class."""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import torch
from torchvision.datasets import ImageNet

from mobilenas.data.augment import Augment
from mobilenas.data.folders import check_same_classes, list_images
from mobilenas.data.image_data import ImageData
from mobilenas.data.split import split_off

FOLDERS = MappingProxyType({"train": "train", "test": "val"})  # split: its folder


def imagenet(
    root: str,
    resolution: int,
    augment: Augment,
    search_images: int,
    split_seed: int,
    center_share: float,
    sampled_classes: int | None,
    workers: int,
) -> ImageData:
    """ImageNet; the official validation images are the test split.

    Args:
        root: folder with ``train`` and ``val``, or with the official archives, which are then unpacked
        resolution: height and width in pixels
        augment: what is done to training images
        search_images: training images for the search split
        split_seed: of the split and of the drawn classes, apart from the run's seed
        center_share: share of the shorter side that is shown for evaluation
        sampled_classes: how many classes to draw at random; null for all of them
        workers: processes that read

    Raises:
        ValueError: images or archives are missing
    """
    top = Path(root).expanduser()
    folders = {split: _unpacked(top, folder) for split, folder in FOLDERS.items()}
    classes = _drawn(check_same_classes(folders), sampled_classes, split_seed)
    listing = list_images(top, folders, classes)
    splits = split_off(dict(listing.splits), "search", search_images, listing.labels, classes, split_seed)
    images = listing.images(resolution, center_share)
    return ImageData("imagenet", classes, images, splits, augment, workers, f"imagenet {center_share}")


def _unpacked(root: Path, folder: str) -> Path:
    if not (root / folder).is_dir():
        try:
            ImageNet(root, folder)
        except (RuntimeError, OSError) as error:
            raise ValueError(
                f"ImageNet's {folder} images are not in {root}: set data.root to a folder with train and val, "
                f"or put the official archives there ({' '.join(str(error).split())})"
            ) from None
    return root / folder


def _drawn(classes: Sequence[str], count: int | None, seed: int) -> tuple[str, ...]:
    if count is None:
        return tuple(classes)
    if not 1 < count <= len(classes):
        raise ValueError(f"ImageNet has {len(classes)} classes here; {count} of them cannot be drawn.")
    drawn = torch.randperm(len(classes), generator=torch.Generator().manual_seed(seed))[:count]
    return tuple(classes[index] for index in drawn.sort().values.tolist())
