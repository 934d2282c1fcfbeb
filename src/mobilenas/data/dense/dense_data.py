"""A data set for detection or segmentation: three disjoint splits, and the loaders over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor

from mobilenas.data.decode import available_cores
from mobilenas.data.dense.annotated_images import AnnotatedImages, Change, DenseListing
from mobilenas.data.dense.augment import DenseAugment
from mobilenas.data.dense.coco import CocoListing
from mobilenas.data.dense.sizes import Size
from mobilenas.data.image_data import SPLITS
from mobilenas.data.loader import EpochLoader
from mobilenas.data.normalization import MEASURED_AT_ONCE, MOST_MEASURED, Normalization, measure_normalization
from mobilenas.data.reading import Reading


@dataclass(frozen=True, eq=False)
class DenseData:
    """Annotated images in three splits: ``train``, ``search`` (it scores architectures) and ``test``.

    Args:
        name: the name of the data set
        listings: the images of each split, all with boxes or all with masks of the same classes
        size: height and width to which the images are resized, in pixels
        augment: the random changes of training images
        workers: number of processes that read; at most the number of cores
        given: the normalization; with None it is measured on training images

    Raises:
        ValueError: a split is missing or empty, or the splits have different classes or kinds
    """

    name: str
    listings: Mapping[str, DenseListing]
    size: Size
    augment: DenseAugment
    workers: int
    given: Normalization | None = None

    def __post_init__(self) -> None:
        for split in SPLITS:
            if split not in self.listings or not self.listings[split].names:
                raise ValueError(f"{self.name}: the split {split!r} has no images.")
        first = self.listings[SPLITS[0]]
        for split, listing in self.listings.items():
            if type(listing) is not type(first) or listing.classes != first.classes:
                raise ValueError(f"{self.name}: the split {split!r} has other classes than {SPLITS[0]!r}.")

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the labels."""
        return self.listings[SPLITS[0]].classes

    @property
    def sizes(self) -> dict[str, int]:
        """The number of images in each split."""
        return {split: len(self.listings[split].names) for split in SPLITS}

    @cached_property
    def normalization(self) -> Normalization:
        """The given normalization, or that of the training images, of at most 2,000."""
        return self.given or self._measured()

    def train_loader(self, batch_size: int, seed: int, splits: Sequence[str] = ("train",)) -> EpochLoader:
        """Returns shuffled, randomly changed batches, all of one size.

        Args:
            batch_size: number of images in a batch
            seed: seed of order and changes
            splits: ``train``, or also ``search`` after the search has ended
        """
        places = self._places(splits)
        pictures = partial(AnnotatedImages, tuple(self.listings.values()), places, self._random)
        return EpochLoader(pictures, torch.arange(len(places)), batch_size, seed, self.normalization, self._workers)

    def eval_loader(self, split: str, batch_size: int) -> Reading:
        """Returns the split's images in a fixed order, without random changes; the last batch may be smaller."""
        return self._fixed_batches(self._places([split]), batch_size, self.normalization)

    def calibration_batches(self, count: int, batch_size: int) -> Reading:
        """Returns ``count`` training images, or all if there are fewer, two or more at a time, all batches of one size.

        The same images are drawn every time.
        """
        places = self._drawn(max(2, count))
        batch_size = min(max(2, batch_size), len(places))
        return self._fixed_batches(places[: len(places) // batch_size * batch_size], batch_size, self.normalization)

    def pictures(self, split: str) -> AnnotatedImages:
        """Returns the images of a split, resized."""
        return AnnotatedImages(tuple(self.listings.values()), self._places([split]), self._fixed)

    def _measured(self) -> Normalization:
        bytes_alone = Normalization((0.0,) * 3, (1 / 255,) * 3)
        batches = self._fixed_batches(self._drawn(MOST_MEASURED), MEASURED_AT_ONCE, bytes_alone)
        return measure_normalization(images.round().to(torch.uint8) for images, _ in batches)

    def _fixed_batches(self, places: Tensor, batch_size: int, normalization: Normalization) -> Reading:
        pictures = AnnotatedImages(tuple(self.listings.values()), places, self._fixed)
        batches = torch.split(torch.arange(len(places)), batch_size)
        return Reading(pictures, batches, normalization, min(self._workers, len(batches) - 1))

    def _places(self, splits: Sequence[str]) -> Tensor:
        """Returns the listing and the position there of each image of some splits, ``(N, 2)``."""
        order = list(self.listings)
        found = [(order.index(split), position) for split in splits for position in range(self.sizes[split])]
        return torch.tensor(found)

    def _drawn(self, count: int) -> Tensor:
        places = self._places(["train"])
        return places[torch.randperm(len(places), generator=torch.Generator().manual_seed(0))[:count]]

    @property
    def _workers(self) -> int:
        return min(self.workers, available_cores())

    @cached_property
    def _random(self) -> Change:
        mean = self.normalization.mean
        if isinstance(self.listings[SPLITS[0]], CocoListing):
            return self.augment.build_boxes(self.size, mean)
        return self.augment.build_masks(self.size, mean)

    @cached_property
    def _fixed(self) -> Change:
        from mobilenas.data.dense.changes import fixed_boxes, fixed_mask

        return (fixed_boxes if isinstance(self.listings[SPLITS[0]], CocoListing) else fixed_mask)(self.size)
