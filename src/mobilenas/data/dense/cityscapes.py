"""Cityscapes' images of streets with fine masks of 19 classes (Cordts et al. 2016), as torchvision reads them."""

from pathlib import Path
from types import MappingProxyType

from mobilenas.data.dense.masks import MaskListing, paired
from mobilenas.data.dense.names import names_under

LABELS = MappingProxyType(
    {  # the label in the files of each class that is evaluated, in the order of the train ids
        "road": 7, "sidewalk": 8, "building": 11, "wall": 12, "fence": 13, "pole": 17, "traffic light": 19,
        "traffic sign": 20, "vegetation": 21, "terrain": 22, "sky": 23, "person": 24, "rider": 25, "car": 26,
        "truck": 27, "bus": 28, "train": 31, "motorcycle": 32, "bicycle": 33,
    }
)  # fmt: skip

LAST = 33
"""The largest label in the files; license plates have -1, which is 255 in a byte."""


def read_cityscapes(root: Path) -> dict[str, MaskListing]:
    """Returns the images of ``leftImg8bit/train`` and ``val`` with the masks of ``gtFine``.

    The classes that are not evaluated are ignored. The split ``test`` is left out, because its masks are not public.

    Args:
        root: the folder above ``leftImg8bit`` and ``gtFine``

    Raises:
        ValueError: a folder is missing, an image has no mask, or a mask has no image
    """
    return {split: _listing(root, split) for split in ("train", "val")}


def _listing(root: Path, split: str) -> MaskListing:
    images, masks = root / "leftImg8bit" / split, root / "gtFine" / split
    of_images, of_masks = names_under(images, ("_leftimg8bit.png",)), names_under(masks, ("_gtfine_labelids.png",))
    names, mask_names = zip(*paired(images, of_images, masks, of_masks), strict=True)
    labels = tuple(LABELS.values())
    ignored = (*(label for label in range(LAST + 1) if label not in labels), 255)
    return MaskListing(images, masks, names, mask_names, tuple(LABELS), labels, ignored)
