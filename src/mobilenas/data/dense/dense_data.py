"""A data set for detection or segmentation: three disjoint splits, and the loaders over them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import torch
from torch import Tensor

from mobilenas.cores import available_cores
from mobilenas.data.copies import copies_in
from mobilenas.data.dense.annotated_images import AnnotatedImages, Change, DenseListing, fixed_batches
from mobilenas.data.dense.augment import DenseAugment
from mobilenas.data.dense.checking import check_box_sizes, check_classes, check_readable, check_scored
from mobilenas.data.dense.coco import CocoListing
from mobilenas.data.dense.masks import MaskListing
from mobilenas.data.images import MEASURED_AT_ONCE
from mobilenas.data.inventory import Inventory, entry_of
from mobilenas.data.loader import EpochLoader
from mobilenas.data.normalization import MOST_MEASURED, Normalization, measure_normalization
from mobilenas.data.reading import Reading
from mobilenas.data.task_data import SPLITS, TaskData, counted_share, drawn, whole_batches
from mobilenas.ops import Size
from mobilenas.task.targets import Target

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class DenseData(TaskData):
    """Annotated images in three splits: ``train``, ``search`` (it scores architectures) and ``test``.

    Args:
        name: the name of the data set
        listings: the images of each split, all with boxes or all with masks of the same classes
        shape: height and width to which the images are resized, in pixels
        augment: the random changes of training images
        workers: number of processes that read; at most the number of cores
        given: the normalization; with None it is measured on training images
        left_out: the number of annotations that do not count, by kind

    Raises:
        ValueError: a split is missing or empty, or the splits have different classes or kinds
    """

    name: str
    listings: Mapping[str, DenseListing]
    shape: Size
    augment: DenseAugment
    workers: int
    given: Normalization | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for split in SPLITS:
            if split not in self.listings or not self.listings[split].names:
                raise ValueError(f"{self.name}: the split {split!r} has no images.")
        for split, listing in self.listings.items():
            if type(listing) is not type(self._first) or listing.classes != self._first.classes:
                raise ValueError(
                    f"{self.name}: the split {split!r} has other classes than {SPLITS[0]!r}"
                    f" ({', '.join(listing.classes)} and {', '.join(self._first.classes)}, in this order): give all"
                    " splits the same ones."
                )
        self.augment.check(self.learns)

    @property
    def _first(self) -> DenseListing:
        return self.listings[SPLITS[0]]

    @cached_property
    def classes(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names of the classes, in the order of the labels."""
        return self._first.classes

    @property
    def learns(self) -> Target:
        return "boxes" if isinstance(self._first, CocoListing) else "masks"

    @property
    def ignored(self) -> tuple[int, ...] | None:
        return self._first.ignored if isinstance(self._first, MaskListing) else None

    @property
    def size(self) -> Size:
        return self.shape

    @property
    def sizes(self) -> dict[str, int]:
        return {split: len(self.listings[split].names) for split in SPLITS}

    @cached_property
    def normalization(self) -> Normalization:
        """The given normalization, or that of the training images, of at most 2,000."""
        return self.given or self._measured()

    @cached_property
    def fingerprint(self) -> str:
        how = f" {self.given.six}" if self.given else " measured"
        content = hashlib.sha256(f"{(self.classes, self.size, self.augment)!r}{how}".encode())
        for split in SPLITS:
            listing = self.listings[split]
            content.update(f"{split} {listing.names!r}".encode())
            for target in listing.targets:
                content.update(target)
        return content.hexdigest()[:16]

    @cached_property
    def inventory(self) -> Inventory:
        return {split: {"": entry_of(self.listings[split].files)} for split in SPLITS}

    @property
    def state(self) -> str:
        found = [path.stat() for split in SPLITS for path in self.listings[split].files]
        times = repr([(one.st_size, one.st_mtime_ns) for one in found])
        return hashlib.sha256(f"{self.fingerprint} {times}".encode()).hexdigest()[:16]

    def summary(self) -> str:
        return self._said("in files", self.left_out)

    def check_images(self, known: bool = False) -> None:
        """Says what the data are, and raises ValueError for the first image or mask that cannot be read.

        Known files are read again, because what is said of them depends on their pixels.
        """
        log.info(self.summary())
        if copies := copies_in({split: self.listings[split].files for split in SPLITS}):
            log.warning("%s: %s", self.name, copies)
        pixels = {split: check_readable(self.listings[split], split) for split in SPLITS}
        if self.learns == "masks":
            check_classes(pixels["train"], self.classes, self.name)
            counts = {split: sum(found.values()) for split, found in pixels.items()}
        else:
            sizes, _ = self.object_sizes
            check_box_sizes(sizes, self.size, self.name)
            counts = {split: one.count for split, one in self.listings.items() if isinstance(one, CocoListing)}
        check_scored(counts, self.learns, self.name)

    def with_train_images(self, images: float) -> DenseData:
        train = self.listings["train"]
        count = counted_share(images, len(train.names))
        if not 0 < count <= len(train.names):
            raise ValueError(
                f"{self.name}, train_images={images}: {count} of {len(train.names)} images cannot be drawn; choose a"
                f" number from 1 to {len(train.names)}."
            )
        kept = self._drawn(count).sort().values.tolist()
        return replace(self, listings={**self.listings, "train": train.taken(kept)})

    def normalized(self, given: Normalization) -> DenseData:
        return replace(self, given=given)

    def train_loader(self, batch_size: int, seed: int, splits: Sequence[str] = ("train",)) -> EpochLoader:
        self.check_batch(batch_size, splits)
        places = self._places(splits)
        pictures = partial(AnnotatedImages, tuple(self.listings.values()), places, self._random)
        workers = min(self._workers, len(places) // batch_size)
        return EpochLoader(pictures, torch.arange(len(places)), batch_size, seed, self.normalization, workers)

    def eval_loader(self, split: str, batch_size: int) -> Reading:
        return self._fixed(self.listings[self._known(split)], batch_size, self.normalization)

    def calibration_batches(self, count: int, batch_size: int) -> Reading:
        positions, batch_size = whole_batches(self._drawn(max(2, count)), batch_size)
        return self._fixed(self.listings["train"].taken(positions.tolist()), batch_size, self.normalization)

    @property
    def object_sizes(self) -> tuple[Tensor, Tensor]:
        """Width and height of each training object as shares of its image, ``(n, 2)``, and its class, ``(n,)``."""
        listing = self.listings["train"]
        if not isinstance(listing, CocoListing):
            return torch.zeros(0, 2), torch.zeros(0, dtype=torch.long)
        shares, labels = [torch.zeros(0, 2)], [torch.zeros(0, dtype=torch.long)]
        for objects, (height, width) in zip(listing.objects, listing.sizes, strict=True):
            own = objects.kept(~objects.crowd)
            shares.append((own.xyxy[:, 2:] - own.xyxy[:, :2]) / torch.tensor([width, height]))
            labels.append(own.labels)
        return torch.cat(shares), torch.cat(labels)

    def _contents(self, split: str) -> Iterator[bytes]:
        return self.listings[split].contents

    def _measured(self) -> Normalization:
        bytes_alone = Normalization((0.0,) * 3, (1 / 255,) * 3)
        listing = self.listings["train"].taken(self._drawn(MOST_MEASURED).tolist())
        batches = self._fixed(listing, MEASURED_AT_ONCE, bytes_alone)
        return measure_normalization(images.round().to(torch.uint8) for images, _ in batches)

    def _fixed(self, listing: DenseListing, batch_size: int, normalization: Normalization) -> Reading:
        return fixed_batches(listing, self.size, normalization, batch_size, self._workers)

    def _drawn(self, count: int) -> Tensor:
        """Returns the positions of some training images."""
        return drawn(torch.arange(self.sizes["train"]), count)

    def _places(self, splits: Sequence[str]) -> Tensor:
        """Returns the listing and the position there of each image of some splits, ``(N, 2)``."""
        order = list(self.listings)
        found = [(order.index(split), position) for split in splits for position in range(self.sizes[split])]
        return torch.tensor(found)

    @property
    def _workers(self) -> int:
        return min(self.workers, available_cores())

    @cached_property
    def _random(self) -> Change:
        from mobilenas.data.dense.changes import box_changes, mask_changes

        changes = box_changes if self.learns == "boxes" else mask_changes
        return changes(self.augment, self.size, self.normalization.mean)
