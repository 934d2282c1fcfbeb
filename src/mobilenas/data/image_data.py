"""A data set for search and training: three disjoint splits, and the loaders over them."""

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import torch
from torch import Tensor

from mobilenas.cores import available_cores
from mobilenas.data.augment import Augment
from mobilenas.data.copies import copies_in
from mobilenas.data.dataset import Augmented, Centered
from mobilenas.data.images import Images
from mobilenas.data.inventory import Inventory, entry_of
from mobilenas.data.kept import KeptBatches, KeptImages
from mobilenas.data.loader import EpochLoader
from mobilenas.data.normalization import Normalization, normalization_of
from mobilenas.data.reading import Reading
from mobilenas.data.split import hold_out
from mobilenas.data.task_data import SPLITS, FixedBatches, TaskData, counted_share, drawn, whole_batches
from mobilenas.ops import Size
from mobilenas.task.targets import Target

log = logging.getLogger(__name__)

MOST_DECODED = 10_000
"""The most images of a split that are decoded before the first stage; all of more would take too long."""

LEAST_BATCHES = 4
"""The least number of batches in memory for which the start of another process pays."""


@dataclass(frozen=True, eq=False)
class ImageData(TaskData):
    """Labelled images in three splits: ``train``, ``search`` (it scores architectures) and ``test`` (for accuracy).

    Args:
        name: the name of the data set
        classes: the names of the classes, in the order of the labels
        images: all images
        splits: the positions of each split's images; no image is in two splits
        augment: the random changes of training images
        workers: number of processes that read training images and files; at most the number of cores
        source: says which images these are, and what else their pixels depend on, for the fingerprint
        left_out: the number of things beside the images that do not count, by kind
        given: the normalization; with None it is measured on training images

    Raises:
        ValueError: a split is missing or empty, or two splits share an image
    """

    name: str
    classes: tuple[str, ...]
    images: Images
    splits: Mapping[str, Tensor]
    augment: Augment
    workers: int
    source: str
    left_out: Mapping[str, int] = field(default_factory=dict)
    given: Normalization | None = None

    def __post_init__(self) -> None:
        for name in SPLITS:
            if len(self._positions(name)) == 0:
                raise ValueError(f"{self.name}: the split {name!r} has no images.")
        everything = torch.cat([self.splits[name] for name in SPLITS])
        if torch.bincount(everything).max() > 1:
            raise ValueError(f"{self.name}: an image is in more than one of the splits {', '.join(SPLITS)}.")
        for name, pixels in (("padding", self.augment.padding), ("cutout", self.augment.cutout)):
            if pixels > self.resolution:
                raise ValueError(f"data.augment.{name}={pixels} is more than the {self.resolution} pixels of an image.")

    @property
    def learns(self) -> Target:
        return "classes"

    @property
    def resolution(self) -> int:
        """Height and width of the images in pixels."""
        return self.images.resolution

    @property
    def size(self) -> Size:
        return self.resolution, self.resolution

    @property
    def state(self) -> str:
        return self.images.state

    @cached_property
    def inventory(self) -> Inventory:
        found: dict[str, dict[str, tuple[int, str]]] = {}
        for split in SPLITS:
            positions = self.splits[split]
            labels = self.images.labels[positions]
            for label, name in enumerate(self.classes):
                if files := self.images.files_of(positions[labels == label].tolist()):
                    found.setdefault(split, {})[name] = entry_of(files)
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """The number of images in each split."""
        return {name: len(self.splits[name]) for name in SPLITS}

    @cached_property
    def normalization(self) -> Normalization:
        """The given normalization, or that of the training images; of many images in files, 2,000 are measured."""
        return self.given or normalization_of(self.images, self.splits["train"])

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the settings, of the images in each split, and of the pixels of images in memory.

        Images in files are identified by their names. The number of workers has no effect.
        """
        settings = (self.source, self.classes, self.resolution, self.augment, self.images.in_memory)
        how = f" {self.given.six}" if self.given else "" if self.images.in_memory else " measured"
        content = hashlib.sha256(f"{settings!r}{how}".encode() + self.images.content)
        for positions in (self.splits[name] for name in SPLITS):
            content.update(positions.numpy().tobytes() + self.images.labels[positions].numpy().tobytes())
        return content.hexdigest()[:16]

    def summary(self) -> str:
        return self._said("in memory" if self.images.in_memory else "in files", self.left_out)

    def _contents(self, split: str) -> Iterator[bytes]:
        return self.images.contents(self._positions(split).tolist())

    def with_train_images(self, images: float) -> "ImageData":
        """Returns the same data with some of the training images; every class keeps its share.

        The same images are drawn every time.

        Args:
            images: the number or the share of training images

        Raises:
            ValueError: there are fewer images, or a class would have no image left
        """
        train = self._positions("train")
        count = counted_share(images, len(train))
        try:
            _, kept = hold_out(self.images.labels[train], count, self.classes, seed=0)
        except ValueError as error:
            raise ValueError(f"{self.name}, train_images={images}: {error}") from None
        return replace(self, splits=dict(self.splits) | {"train": train[kept]})

    def normalized(self, given: Normalization) -> "ImageData":
        return replace(self, given=given)

    def train_loader(self, batch_size: int, seed: int, splits: Sequence[str] = ("train",)) -> EpochLoader:
        self.check_batch(batch_size, splits)
        positions = torch.cat([self._positions(name) for name in splits])
        change = self.augment.build(self.resolution, self.normalization.mean)
        augmented = partial(Augmented, self.images, change, self.augment.crops)
        workers = self._workers(len(positions) // batch_size)
        return EpochLoader(augmented, positions, batch_size, seed, self.normalization, workers)

    def check_images(self, known: bool = False) -> None:
        """Says what the data are, and raises ValueError for the first image that cannot be read.

        Of a split with many images, only the heads and the ends of the files are read, which tells nearly all damage.
        """
        log.info(self.summary())
        positions = {split: self.splits[split].tolist() for split in SPLITS}
        wholly = [whole for one in positions.values() for whole in [len(one) <= MOST_DECODED] * len(one)]
        ends = {} if known else self.images.check([each for one in positions.values() for each in one], wholly)
        if copies := copies_in({name: self.images.files_of(one) for name, one in positions.items()}, ends):
            log.warning("%s: %s", self.name, copies)

    def eval_loader(self, split: str, batch_size: int) -> FixedBatches:
        return self._fixed(self._positions(split), batch_size)

    def calibration_batches(self, count: int, batch_size: int) -> FixedBatches:
        return self._fixed(*whole_batches(drawn(self.splits["train"], max(2, count)), batch_size))

    def _fixed(self, positions: Tensor, batch_size: int) -> FixedBatches:
        batches, centered = torch.split(torch.arange(len(positions)), batch_size), Centered(self.images, positions)
        if self.images.in_memory:
            return Reading(centered, batches, self.normalization, workers=0)
        workers = self._workers(len(batches))
        if not KeptImages.fits(len(positions), self.resolution):
            return Reading(centered, batches, self.normalization, workers)
        kept = self._kept.setdefault(positions.numpy().tobytes(), KeptImages(centered))
        return KeptBatches(kept, batches, self.normalization, workers)

    @cached_property
    def _kept(self) -> dict[bytes, KeptImages]:
        """The images that are decoded once, by their positions."""
        return {}

    def __getstate__(self) -> dict[str, object]:
        """Another process decodes its images itself, because it may read fewer of them."""
        return {name: value for name, value in vars(self).items() if name != "_kept"}

    def _positions(self, split: str) -> Tensor:
        if self._known(split) not in self.splits:
            raise ValueError(f"{self.name} has no split {split!r}; its splits are {', '.join(self.splits)}.")
        return self.splits[split]

    def _workers(self, batches: int) -> int:
        """Returns the number of processes that read an epoch; each has enough to do to be worth its start."""
        useful = batches // LEAST_BATCHES if self.images.in_memory else batches
        return min(self.workers, available_cores(), useful)
