"""Reads all images of a listing with their annotations, before the first stage of a run."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from mobilenas.cores import available_cores
from mobilenas.data.dense.annotated_images import DenseListing
from mobilenas.data.dense.boxes import LEAST
from mobilenas.ops import Size
from mobilenas.progress import Progress
from mobilenas.task.targets import IGNORED, Target

log = logging.getLogger(__name__)

MANY = 500
"""The number of images from which on a progress bar is worth it."""


def check_readable(listing: DenseListing, split: str) -> Counter[int]:
    """Checks each image with its annotations.

    Args:
        listing: the images
        split: names them in the progress

    Returns:
        the number of pixels of each class in the masks; nothing for boxes

    Raises:
        UnreadableImageError: an image cannot be read, or its annotations do not fit it
    """
    positions = range(len(listing.names))

    def pixels(position: int) -> Counter[int]:
        _, target = listing.original(position)
        if not isinstance(target, Tensor):
            return Counter()
        found = torch.bincount(target.flatten(), minlength=IGNORED + 1).tolist()
        return Counter({label: count for label, count in enumerate(found) if count and label != IGNORED})

    total = Counter[int]()
    with ThreadPoolExecutor(available_cores()) as pool:  # Pillow decodes outside of Python's lock
        counted = pool.map(pixels, positions)
        if len(positions) < MANY:
            for one in counted:
                total += one
            return total
        with Progress(f"checking {split}", len(positions), "image") as progress:
            for one in counted:
                total += one
                progress.advance()
    return total


def check_box_sizes(sizes: Tensor, resolution: Size, name: str) -> None:
    """Warns about training boxes that are smaller than a pixel; raises ValueError if all are, or if there are none.

    Args:
        sizes: width and height of each training object as shares of its image, ``(n, 2)``
        resolution: height and width in pixels to which the images are resized
        name: the name of the data set
    """
    height, width = resolution
    small = int((sizes * torch.tensor([width, height]) < LEAST).any(1).sum())
    if not len(sizes):
        raise ValueError(f"{name}: the training images have no object that counts: nothing can be learned; add boxes.")
    at = f"smaller than a pixel at data.resolution=[{height},{width}]"
    if small == len(sizes):
        raise ValueError(
            f"{name}: all {len(sizes):,} training boxes are {at}: a bbox is left, top, width and height in pixels of"
            " its image, not in shares of it."
        )
    if small:
        log.warning(
            "%s: %s of %s training boxes are %s, and are not learned.", name, f"{small:,}", f"{len(sizes):,}", at
        )


def check_scored(counts: Mapping[str, int], learns: Target, name: str) -> None:
    """Raises ValueError if nothing of the split ``test`` can be scored, and warns about the split ``search``.

    Args:
        counts: the number of objects, or of pixels that count, in each split
        learns: what they are
        name: the name of the data set
    """
    what = "object" if learns == "boxes" else "pixel that counts"
    if not counts["test"]:
        way_out = "add annotated images" if learns == "boxes" else "add annotated images, or correct data.ignored"
        raise ValueError(f"{name}: the split test has no {what}, so that nothing can be scored: {way_out}.")
    if not counts["search"]:
        log.warning("%s: the split search has no %s: networks cannot be compared by it.", name, what)


def check_classes(found: Counter[int], classes: Sequence[str], name: str) -> None:
    """Warns about classes without a pixel in the training masks; raises ValueError if only one class has pixels.

    Args:
        found: the number of pixels of each class
        classes: the names of the classes
        name: the name of the data set
    """
    missing = [one for label, one in enumerate(classes) if not found[label]]
    there = len(classes) - len(missing)
    if there < 2:
        raise ValueError(
            f"{name}: the training masks have pixels of {there} of the {len(classes)} classes, and all others are"
            " ignored: nothing can be learned; correct data.ignored, for example data.ignored=[] for black and white"
            " masks."
        )
    if missing:
        log.warning(
            "%s: the training masks have no pixel of %s: nothing can be learned there.", name, ", ".join(missing)
        )
