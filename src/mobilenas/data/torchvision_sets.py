"""The small data sets that torchvision downloads: CIFAR-10, CIFAR-100, Fashion-MNIST."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torchvision.datasets import CIFAR10, CIFAR100, FashionMNIST

from mobilenas.data.augment import Augment
from mobilenas.data.image_data import ImageData
from mobilenas.data.images import MemoryImages
from mobilenas.data.resize import as_color
from mobilenas.data.split import as_count, split_off
from mobilenas.data.subset import draw_classes, keep_classes

KINDS: Mapping[str, Any] = MappingProxyType({"cifar10": CIFAR10, "cifar100": CIFAR100, "fashion_mnist": FashionMNIST})


def torchvision_set(
    name: str,
    root: str,
    download: bool,
    resolution: int,
    augment: Augment,
    search_images: float,
    split_seed: int,
    workers: int,
    classes: int | None = None,
) -> ImageData:
    """One of torchvision's data sets; its own test images are the test split.

    Args:
        name: ``cifar10``, ``cifar100`` or ``fashion_mnist``
        root: folder of the data set's files, or where to download them to
        download: whether to download what is missing
        resolution: pixels to which the images are resized
        augment: what is done to training images
        search_images: training images for the search split, a number or, below 1, a share
        split_seed: of the split, apart from the run's seed
        workers: processes that read training images
        classes: so many are drawn at random; all by default

    Raises:
        ValueError: no such data set, or its files are missing or damaged
    """
    if name not in KINDS:
        raise ValueError(f"torchvision's data set {name!r} is unknown; choose from {', '.join(KINDS)}.")
    parts = [_read(name, Path(root).expanduser(), train, download) for train in (True, False)]
    pixels = torch.cat([_pixels(part.data) for part in parts])
    everything = tuple(parts[0].classes)
    names = draw_classes(everything, classes, split_seed)
    targets = torch.cat([torch.as_tensor(part.targets) for part in parts]).long()
    positions, labels = keep_classes(targets, everything, names)
    official = positions < len(parts[0].data)
    splits = {"train": torch.nonzero(official).flatten(), "test": torch.nonzero(~official).flatten()}
    count = as_count(search_images, len(splits["train"]))
    splits = split_off(splits, "search", count, labels, names, split_seed)
    images = MemoryImages(as_color(pixels[positions], resolution), labels)
    return ImageData(name, names, images, splits, augment, workers, name)


def _read(name: str, root: Path, train: bool, download: bool) -> Any:
    try:
        return KINDS[name](root, train=train, download=download)
    except (RuntimeError, OSError, ValueError, AssertionError) as error:
        raise ValueError(
            f"{name} is not in {root}, or not whole ({' '.join(str(error).split())}); "
            "set data.root to the folder that has it, or data.download=true."
        ) from None


def _pixels(data: Any) -> Tensor:
    """As ``(N, C, H, W)``, from ``(N, H, W, 3)`` or ``(N, H, W)``."""
    pixels = torch.as_tensor(data)
    return pixels.permute(0, 3, 1, 2).contiguous() if pixels.ndim == 4 else pixels[:, None]
