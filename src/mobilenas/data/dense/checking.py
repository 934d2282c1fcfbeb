"""Reads all images of a listing with their annotations, before the first stage of a run."""

import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from mobilenas.data.decode import available_cores
from mobilenas.data.dense.annotated_images import DenseListing
from mobilenas.progress import Progress
from mobilenas.task.targets import IGNORED

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
