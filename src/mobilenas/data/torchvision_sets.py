"""The small data sets that torchvision downloads: CIFAR-10, CIFAR-100, Fashion-MNIST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.data.base import LabelledSet
from mobilenas.files.paths import path_of
from mobilenas.settings import NonEmpty, aside, settings

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from mobilenas.data.image_data import ImageData

KINDS: Mapping[str, str] = MappingProxyType(
    {"cifar10": "CIFAR10", "cifar100": "CIFAR100", "fashion_mnist": "FashionMNIST"}
)

LARGEST = 47_040_016
"""The number of bytes of Fashion-MNIST's training images."""


@settings
class TorchvisionSet(LabelledSet):
    """One of torchvision's data sets; its own test images are the test split.

    Args:
        name: the name of the data set
        root: folder of the data set's files, or folder to download them to
        download: whether missing files are downloaded
    """

    name: Literal["cifar10", "cifar100", "fashion_mnist"]
    root: NonEmpty = aside(default=MISSING)
    download: bool = aside(default=MISSING)

    def load(self) -> ImageData:
        import numpy as np
        import torch

        from mobilenas.data.image_data import ImageData
        from mobilenas.data.images import MemoryImages
        from mobilenas.data.resize import as_color
        from mobilenas.data.split import as_count, split_off
        from mobilenas.data.subset import draw_classes, keep_classes

        parts = [_read(self.name, path_of(self.root), train, self.download) for train in (True, False)]
        pixels = torch.cat([_pixels(part.data) for part in parts])
        everything = tuple(parts[0].classes)
        names = draw_classes(everything, self.classes, self.split_seed)
        targets = torch.cat([torch.as_tensor(part.targets) for part in parts]).long()
        positions, labels = keep_classes(targets, everything, names)
        official = positions < len(parts[0].data)
        splits = {"train": torch.nonzero(official).flatten(), "test": torch.nonzero(~official).flatten()}
        count = as_count(self.search_images, len(splits["train"]))
        splits = split_off(splits, "search", count, labels, names, self.split_seed)
        marked = np.array([f"{self.name} {position}" for position in positions.tolist()])
        images = MemoryImages(as_color(pixels[positions], self.resolution), labels, marked)
        given = self.given_normalization
        return ImageData(self.name, names, images, splits, self.augment, self.workers, self.name, given=given)


def _read(name: str, root: Path, train: bool, download: bool) -> Any:
    """Returns torchvision's data set, which reads the pickles of CIFAR only after it has checked their MD5.

    Raises:
        ValueError: files are missing, or they are other files than those of the data set
    """
    from torchvision import datasets

    _check_unverified(root / KINDS[name])
    try:
        part = getattr(datasets, KINDS[name])(root, train=train, download=download)
        labels = part.targets if isinstance(part.targets, list) else part.targets.tolist()
        if len(labels) != len(part.data) or not 0 <= min(labels) <= max(labels) < len(part.classes):
            raise ValueError("the labels do not fit the images")
    except (RuntimeError, OSError, ValueError, AssertionError, LookupError, TypeError) as error:
        raise ValueError(
            f"{name} is not in {root}, or is not complete there ({' '.join(str(error).split())}); "
            "set data.root to the folder that has it, or set data.download=true."
        ) from None
    return part


def _check_unverified(folder: Path) -> None:
    """Raises ValueError for files of Fashion-MNIST, which torchvision reads without a check."""
    if (folder / "processed").exists():
        raise ValueError(f"{folder / 'processed'} has pickles of an old version, which are not read: remove it.")
    for path in (folder / "raw").glob("*ubyte"):
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise ValueError(f"{path} is no file of Fashion-MNIST, whose largest has {LARGEST:,} bytes: remove it.")


def _pixels(data: Any) -> Tensor:
    """Changes ``(N, H, W, 3)`` or ``(N, H, W)`` to ``(N, C, H, W)``."""
    import torch

    pixels = torch.as_tensor(data)
    return pixels.permute(0, 3, 1, 2).contiguous() if pixels.ndim == 4 else pixels[:, None]
