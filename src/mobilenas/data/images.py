"""Labelled images: bytes held in memory, or files that are decoded when they are wanted."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mobilenas.data.augment import Picture
from mobilenas.data.decode import centered, decode, read_all
from mobilenas.settings.checks import check_positive


class Images(ABC):
    """Images that are named by their position, from 0, and have labels ``(N,)``."""

    labels: Tensor

    @property
    @abstractmethod
    def resolution(self) -> int:
        """Height and width of the centered images, in pixels."""

    @abstractmethod
    def original(self, position: int) -> Picture:
        """The whole image, from which a random crop is taken."""

    @abstractmethod
    def centered(self, positions: Sequence[int]) -> Tensor:
        """The images as they are shown for evaluation, bytes ``(N, 3, resolution, resolution)``."""


@dataclass(frozen=True, eq=False)
class MemoryImages(Images):
    """Images in memory, centered and of one size.

    Args:
        pixels: bytes, ``(N, 3, resolution, resolution)``
        labels: class indices, ``(N,)``
    """

    pixels: Tensor
    labels: Tensor

    @property
    def resolution(self) -> int:
        return self.pixels.shape[-1]

    def original(self, position: int) -> Tensor:
        return self.pixels[position]

    def centered(self, positions: Sequence[int]) -> Tensor:
        return self.pixels[torch.as_tensor(positions)]


@dataclass(frozen=True, eq=False)
class FileImages(Images):
    """Images in files.

    Args:
        root: folder
        names: of the files in it; an array, whose memory worker processes share
        labels: class indices, ``(N,)``
        size: resolution
        center_share: share of the shorter side that the centered image shows
    """

    root: Path
    names: NDArray[np.str_]
    labels: Tensor
    size: int
    center_share: float

    def __post_init__(self) -> None:
        check_positive("data", resolution=self.size)
        if not 0 < self.center_share <= 1:
            raise ValueError(f"data: center_share must be above 0 and at most 1, not {self.center_share!r}.")

    @property
    def resolution(self) -> int:
        return self.size

    def original(self, position: int) -> Picture:
        return decode(self.root / self.names[position])

    def centered(self, positions: Sequence[int]) -> Tensor:
        images = [centered(self.root / self.names[position], self.size, self.center_share) for position in positions]
        return torch.from_numpy(np.stack(images))

    def loaded(self) -> MemoryImages:
        """All of them in memory; shows its progress when it takes long."""
        return MemoryImages(
            read_all([self.root / name for name in self.names], self.size, self.center_share), self.labels
        )
