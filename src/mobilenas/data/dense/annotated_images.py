"""Batches of annotated images: unchanged for evaluation, randomly changed for training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from mobilenas.data.dense.boxes import Objects, pad_objects
from mobilenas.data.dense.coco import CocoListing
from mobilenas.data.dense.masks import MaskListing
from mobilenas.data.normalization import Batch, Normalization
from mobilenas.data.reading import Reading
from mobilenas.data.seeding import mix, seeded
from mobilenas.ops import Size
from mobilenas.task.targets import SIZE_ROW

DenseListing = CocoListing | MaskListing

Change = Callable[[Image.Image, Any], tuple[Tensor, Any]]
"""Changes an image and its objects or its mask; draws from torch's generator."""


@dataclass(frozen=True, eq=False)
class AnnotatedImages(Dataset[Batch]):
    """Annotated images of one kind.

    Args:
        listings: images with objects, or images with masks
        places: for each image its listing and its position there, ``(N, 2)``
        change: the change of each image
        seed: seed of this pass over the images; the change of an image depends only on it and on its number; None if
            the change is not random
    """

    listings: tuple[DenseListing, ...]
    places: Tensor
    change: Change
    seed: int | None = None

    def __len__(self) -> int:
        return len(self.places)

    def __getitems__(self, numbers: list[int]) -> list[Tensor]:
        """Returns bytes ``(N, 3, H, W)``, and objects ``(N, M, 7)`` or masks ``(N, H, W)``."""
        images, targets = zip(*map(self._changed, numbers), strict=True)
        return [torch.stack(images), _batch(targets)]

    def _changed(self, number: int) -> tuple[Tensor, Any]:
        image, target = self.original(number)
        if self.seed is None:
            changed, found = self.change(image, target)
        else:
            with seeded(mix(self.seed, number)):
                changed, found = self.change(image, target)
        return changed, (found, image.size) if isinstance(found, Objects) else found

    def original(self, number: int) -> tuple[Image.Image, Any]:
        """Returns an image as it was read, with its objects or its mask."""
        source, position = self.places[number].tolist()
        found: tuple[Image.Image, Any] = self.listings[source].original(position)
        return found


def fixed_batches(
    listing: DenseListing, size: Size, normalization: Normalization, batch_size: int, workers: int
) -> Reading:
    """Returns the images of a listing in order, resized and without random changes.

    Args:
        listing: the images
        size: height and width in pixels
        normalization: of the images
        batch_size: images in a batch; the last one may have fewer
        workers: number of processes that read
    """
    from mobilenas.data.dense.changes import fixed_boxes, fixed_mask

    places = torch.tensor([(0, position) for position in range(len(listing.names))])
    change = (fixed_boxes if isinstance(listing, CocoListing) else fixed_mask)(size)
    batches = torch.split(torch.arange(len(places)), batch_size)
    pictures = AnnotatedImages((listing,), places, change)
    return Reading(pictures, batches, normalization, min(workers, len(batches) - 1))


def _batch(targets: Sequence[Any]) -> Tensor:
    if isinstance(targets[0], Tensor):
        return torch.stack(list(targets))
    sizes = torch.tensor([[[*size, 0, 0, SIZE_ROW, 0, 0]] for _, size in targets], dtype=torch.float32)
    return torch.cat([sizes, pad_objects([objects for objects, _ in targets])], 1)
