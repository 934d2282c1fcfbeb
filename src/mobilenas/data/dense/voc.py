"""PASCAL VOC's masks of 20 classes and the background (Everingham et al. 2010), as torchvision reads them."""

from pathlib import Path

from mobilenas.data.dense.masks import MaskListing, with_classes
from mobilenas.data.dense.names import check_inside, is_within, some_of
from mobilenas.files.whole import read_whole

CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip

LARGEST = 10_000_000
"""The most bytes of a list of images."""


def read_voc(root: Path) -> dict[str, MaskListing]:
    """Returns the images of ``ImageSets/Segmentation/train.txt`` and ``val.txt`` with their masks; borders are ignored.

    Args:
        root: the folder of a year, ``VOC2012``, or a folder above its ``VOCdevkit``

    Raises:
        ValueError: a list is missing, or the files of one of its images
    """
    year = _year(root)
    return {split: _listing(year, split) for split in ("train", "val")}


def _year(root: Path) -> Path:
    places = (root, *root.glob("VOCdevkit/VOC*"), *root.glob("*/VOCdevkit/VOC*"))  # the last one for 2011
    found = sorted(place for place in places if (place / "ImageSets").is_dir())
    if len(found) != 1:
        raise ValueError(
            f"{root} must have one folder of PASCAL VOC with ImageSets in it, as VOCdevkit/VOC2012, but it has"
            f" {', '.join(map(str, found)) or 'none'}: give the folder of one year."
        )
    return found[0]


def _listing(year: Path, split: str) -> MaskListing:
    path, images, masks = year / f"ImageSets/Segmentation/{split}.txt", year / "JPEGImages", year / "SegmentationClass"
    try:
        lines = read_whole(path, LARGEST).decode().splitlines()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; unpack the archive again.") from None
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as a list of images ({error}); unpack the archive again.") from None
    keys = [check_inside(line.strip(), str(path)) for line in lines if line.strip()]
    if not keys:
        raise ValueError(f"{path} lists no images; unpack the archive again.")
    names, mask_names = tuple(f"{key}.jpg" for key in keys), tuple(f"{key}.png" for key in keys)
    for folder, every in ((images, names), (masks, mask_names)):
        if missing := [name for name in every if not is_within(folder, name)]:
            raise ValueError(f"{folder} lacks files that {path} lists: {some_of(missing)}; unpack the archive again.")
    return with_classes(MaskListing(images, masks, names, mask_names, (), ()), CLASSES)
