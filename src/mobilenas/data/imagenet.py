"""ImageNet (ILSVRC 2012), as torchvision unpacks it: folders train and val, one folder a class."""

from pathlib import Path
from types import MappingProxyType

from torchvision.datasets import ImageNet

from mobilenas.data.augment import Augment
from mobilenas.data.folders import check_same_classes, list_images
from mobilenas.data.image_data import ImageData
from mobilenas.data.split import as_count, split_off
from mobilenas.data.subset import draw_classes

FOLDERS = MappingProxyType({"train": "train", "test": "val"})  # split: its folder


def imagenet(
    root: str,
    resolution: int,
    augment: Augment,
    search_images: float,
    split_seed: int,
    center_share: float,
    workers: int,
    classes: int | None = None,
) -> ImageData:
    """ImageNet; the official validation images are the test split.

    Args:
        root: folder with ``train`` and ``val``, or with the official archives, which are then unpacked
        resolution: height and width in pixels
        augment: what is done to training images
        search_images: training images for the search split, a number or, below 1, a share
        split_seed: of the split and of the drawn classes, apart from the run's seed
        center_share: share of the shorter side that is shown for evaluation
        workers: processes that read
        classes: so many are drawn at random; all by default

    Raises:
        ValueError: images, archives or so many classes are missing
    """
    top = Path(root).expanduser()
    folders = {split: _unpacked(top, folder) for split, folder in FOLDERS.items()}
    names = draw_classes(check_same_classes(folders), classes, split_seed)
    listing = list_images(top, folders, names)
    count = as_count(search_images, len(listing.splits["train"]))
    splits = split_off(dict(listing.splits), "search", count, listing.labels, names, split_seed)
    images = listing.images(resolution, center_share)
    return ImageData("imagenet", names, images, splits, augment, workers, f"imagenet {center_share}")


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
