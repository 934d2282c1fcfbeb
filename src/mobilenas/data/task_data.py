"""The interface of a data set for search and training, whatever is to be learned of its images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from torch import Tensor

from mobilenas.data.inventory import Inventory
from mobilenas.data.loader import EpochLoader
from mobilenas.data.marks import Marks, count_seen, marks_of, together
from mobilenas.data.normalization import Batch, Normalization
from mobilenas.data.split import as_count
from mobilenas.ops import Size
from mobilenas.settings.words import counted
from mobilenas.task.targets import Target

SPLITS = ("train", "search", "test")


class FixedBatches(Protocol):
    """Batches of images without random changes, the same ones in every pass."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Batch]: ...


class TaskData(ABC):
    """Images in three splits: ``train``, ``search`` (it scores architectures) and ``test`` (for accuracy).

    A batch has images ``(N, 3, H, W)``, and what is to be learned of them.

    Attributes:
        name: the name of the data set
        classes: the names of the classes, in the order of the labels
        given: the normalization; with None it is measured on training images
    """

    name: str
    classes: tuple[str, ...]
    given: Normalization | None

    @property
    def ignored(self) -> tuple[int, ...] | None:
        """Labels of mask pixels that do not count; None without masks."""
        return None

    @property
    @abstractmethod
    def learns(self) -> Target:
        """What is to be learned of the images."""

    @property
    @abstractmethod
    def size(self) -> Size:
        """Height and width of the images in pixels."""

    @property
    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """The number of images in each split."""

    @property
    @abstractmethod
    def normalization(self) -> Normalization:
        """The given normalization, or that of the training images."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """A short hash of the settings, and of the images in each split with what is to be learned of them."""

    @property
    @abstractmethod
    def state(self) -> str:
        """A short hash that changes with the files that are read again and again; empty for images in memory."""

    @property
    def inventory(self) -> Inventory:
        """What images in files are; empty for images that are in no files."""
        return {}

    @abstractmethod
    def summary(self) -> str:
        """Returns a description of the data set in one line."""

    @abstractmethod
    def check_images(self, known: bool = False) -> None:
        """Says what the data are, and raises ValueError for the first image that cannot be read.

        Args:
            known: whether these files were checked before, so that only what is said of them is found again
        """

    @abstractmethod
    def with_train_images(self, images: float) -> TaskData:
        """Returns the same data with a number or a share of the training images, always the same ones.

        Raises:
            ValueError: there are fewer images
        """

    @abstractmethod
    def normalized(self, given: Normalization) -> TaskData:
        """Returns the same data with another normalization."""

    @abstractmethod
    def train_loader(self, batch_size: int, seed: int, splits: Sequence[str] = ("train",)) -> EpochLoader:
        """Returns shuffled, randomly changed batches, all of one size.

        Args:
            batch_size: number of images in a batch
            seed: seed of order and changes
            splits: ``train``, or also ``search`` after the search has ended

        Raises:
            ValueError: the batch is larger than the splits, or they are not for training
        """

    @abstractmethod
    def eval_loader(self, split: str, batch_size: int) -> FixedBatches:
        """Returns the split's images in a fixed order, without random changes; the last batch may be smaller."""

    @abstractmethod
    def calibration_batches(self, count: int, batch_size: int) -> FixedBatches:
        """Returns ``count`` training images, or all if there are fewer, without random changes, two or more at a time.

        A single image has no variance where a feature map has one value. The same images are drawn every time. Every
        batch has the same weight, so images that do not fill the last batch are left out.
        """

    @abstractmethod
    def _contents(self, split: str) -> Iterator[bytes]:
        """Yields bytes of each image of a split that no other image has."""

    def marks(self, splits: Sequence[str]) -> Marks:
        """Returns the marks of the images in some splits."""
        return together(*(self._marks_of(split) for split in splits))

    def seen(self, split: str, marks: Marks) -> int:
        """Returns how many images of a split are among those with these marks."""
        return count_seen(lambda: self._marks_of(split), marks)

    def check_batch(self, batch_size: int, splits: Sequence[str] = ("train",), name: str = "the batch size") -> None:
        """Raises ValueError unless training may use these splits, and they fill a batch; the error has the name."""
        if "test" in splits:
            raise ValueError(f"{self.name}: the split test is only for reporting accuracy; train on train and search.")
        count = sum(self.sizes[self._known(split)] for split in splits)
        if not 0 < batch_size <= count:
            raise ValueError(
                f"{self.name}: a batch of {batch_size} images cannot be taken from the {count} images of "
                f"{' and '.join(splits)}; set {name} to a number from 1 to {count}."
            )

    def _known(self, split: str) -> str:
        """Returns the name of a split; raises ValueError if there is no such split."""
        if split not in SPLITS:
            raise ValueError(f"{self.name} has no split {split!r}; its splits are {', '.join(SPLITS)}.")
        return split

    def _said(self, place: str, left_out: Mapping[str, int]) -> str:
        """Returns the classes, the size, the splits, the place of the images, and what is left out, in words."""
        height, width = self.size
        pixels = f"{height}" if height == width else f"{height} x {width}"
        sizes = ", ".join(f"{size:,} {name}" for name, size in self.sizes.items())
        others = ", ".join(f"{count:,} {kind}" for kind, count in left_out.items() if count)
        without = f"; left out: {others}" if others else ""
        return f"{self.name}: {counted(len(self.classes), 'class')}, {pixels} px, {sizes} images {place}{without}"

    def _marks_of(self, split: str) -> Marks:
        if split not in self._marks:
            self._marks[split] = marks_of(self._contents(self._known(split)))
        return self._marks[split]

    @cached_property
    def _marks(self) -> dict[str, Marks]:
        """The marks of each split's images, which are computed once."""
        return {}


def drawn(positions: Tensor, count: int) -> Tensor:
    """Returns ``count`` of some positions, or all if there are fewer; always the same ones, in a random order."""
    import torch

    return positions[torch.randperm(len(positions), generator=torch.Generator().manual_seed(0))[:count]]


def whole_batches(positions: Tensor, batch_size: int) -> tuple[Tensor, int]:
    """Returns the positions that fill whole batches of two images or more, and the number of images in each."""
    batch_size = min(max(2, batch_size), len(positions))
    return positions[: len(positions) // batch_size * batch_size], batch_size


def counted_share(images: float, total: int) -> int:
    """Returns a number of training images from a number or a share; raises ValueError if it is neither."""
    if images >= 1 and not isinstance(images, int):
        raise ValueError(f"train_images must be a whole number or a share below 1, not {images}.")
    return as_count(images, total)
