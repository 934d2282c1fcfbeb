"""Labelled images: bytes in memory, or files that are decoded when they are needed."""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import PIL
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mobilenas.data.copies import sized_ends
from mobilenas.data.decode import DECODING, centered, check_all, decode, levels_of_all

if TYPE_CHECKING:
    from mobilenas.data.decoded import DecodedImages

Picture = Tensor | Image.Image
"""One image: bytes ``(3, H, W)``, or an image as it was read from a file."""


MEASURED_AT_ONCE = 100
"""The number of images that are in memory at once while their colors are measured."""

COMPRESSED = (".jpg", ".jpeg", ".png", ".webp")
"""Endings of files in which every byte depends on the pixels, so that the last ones tell which image it is."""


class Images(ABC):
    """Images that are identified by their position, from 0, and have labels ``(N,)``."""

    in_memory: ClassVar[bool]
    labels: Tensor

    @property
    @abstractmethod
    def resolution(self) -> int:
        """The height and width of the centered images, in pixels."""

    @property
    @abstractmethod
    def content(self) -> bytes:
        """The bytes that stand for the pixels in a fingerprint: none if pixels are read from files later."""

    @abstractmethod
    def original(self, position: int) -> Picture:
        """Returns the whole image, from which a random crop is taken."""

    @abstractmethod
    def centered(self, positions: Sequence[int]) -> Tensor:
        """Returns the images for evaluation, bytes ``(N, 3, resolution, resolution)``."""

    @abstractmethod
    def contents(self, positions: Sequence[int]) -> Iterator[bytes]:
        """Yields for each image bytes by which it is known again, in another folder too."""

    def levels(self, positions: Sequence[int]) -> Tensor:
        """Returns how often each value is in each channel of some centered images, ``(3, 256)``."""
        parts = torch.split(torch.as_tensor(positions), MEASURED_AT_ONCE)
        return torch.stack([levels_of(self.centered(part.tolist())) for part in parts]).sum(0)

    def files_of(self, positions: Sequence[int]) -> list[str]:
        """Returns the paths of some images; none if they do not lie in files of their own."""
        return []

    @property
    def state(self) -> str:
        """A short hash that changes with the files that are read again and again; empty for images in memory."""
        return ""

    def check(self, positions: Sequence[int], wholly: Sequence[bool]) -> dict[str, bytes]:
        """Raises ValueError for the first image that cannot be read; images in memory have been read.

        Args:
            positions: the images to check
            wholly: for each of them, whether all of it is read; otherwise only the head and the end of its file are

        Returns:
            the hash of the size and the end of each file that was read
        """
        return {}


def levels_of(images: Tensor) -> Tensor:
    """Returns how often each value is in each channel of images in bytes ``(N, C, H, W)``, as ``(C, 256)``."""
    return torch.stack([torch.bincount(channel.flatten(), minlength=256) for channel in images.unbind(1)])


@dataclass(frozen=True, eq=False)
class MemoryImages(Images):
    """Images in memory, centered and of one size.

    Args:
        pixels: bytes, ``(N, 3, resolution, resolution)``
        labels: class indices, ``(N,)``
        names: names of the images, ``(N,)``, which no image of another data set has; without them the pixels tell
            which image it is
    """

    in_memory: ClassVar[bool] = True

    pixels: Tensor
    labels: Tensor
    names: NDArray[np.str_] | None = None

    @property
    def resolution(self) -> int:
        return self.pixels.shape[-1]

    @property
    def content(self) -> bytes:
        return self.pixels.numpy().tobytes()

    def original(self, position: int) -> Tensor:
        return self.pixels[position]

    def centered(self, positions: Sequence[int]) -> Tensor:
        return self.pixels[torch.as_tensor(positions)]

    def contents(self, positions: Sequence[int]) -> Iterator[bytes]:
        if self.names is not None:
            return (str(name).encode() for name in self.names[list(positions)])
        return (self.pixels[position].numpy().tobytes() for position in positions)


@dataclass(frozen=True, eq=False)
class FileImages(Images):
    """Images in files.

    Args:
        root: the folder
        names: the names of the files in it; an array, because worker processes share its memory
        labels: class indices, ``(N,)``
        size: the resolution
        center_share: share of the shorter side that the centered image shows
    """

    in_memory: ClassVar[bool] = False

    root: Path
    names: NDArray[np.str_]
    labels: Tensor
    size: int
    center_share: float

    @property
    def resolution(self) -> int:
        return self.size

    @property
    def content(self) -> bytes:
        return b""

    @property
    def paths(self) -> list[Path]:
        """The paths of the files, in order."""
        return [self.root / name for name in self.names]

    @property
    def key(self) -> str:
        """A short hash that changes with the names, sizes and times of the files, and with how they are decoded."""
        decoding = (DECODING, PIL.__version__, self.size, self.center_share, str(self.root.resolve()))
        found = [os.stat(f"{self.root}/{name}") for name in self.names]  # noqa: PTH116 - a path for each takes longer
        content = hashlib.sha256(repr((decoding, self.names.tolist())).encode())
        content.update(np.array([(file.st_size, file.st_mtime_ns) for file in found]).tobytes())
        return content.hexdigest()[:16]

    @property
    def state(self) -> str:
        return self.key

    def original(self, position: int) -> Picture:
        return decode(self.root / self.names[position])

    def centered(self, positions: Sequence[int]) -> Tensor:
        images = [centered(self.root / self.names[position], self.size, self.center_share) for position in positions]
        return torch.from_numpy(np.stack(images))

    def contents(self, positions: Sequence[int]) -> Iterator[bytes]:
        """Yields the size and the end of each file, which are compressed; 100,000 whole files would take too long."""
        for path in self.files_of(positions):
            if path.lower().endswith(COMPRESSED):
                yield from sized_ends([path])
            else:
                yield Path(path).read_bytes()

    def levels(self, positions: Sequence[int]) -> Tensor:
        return levels_of_all(self.files_of(positions), self.size, self.center_share)

    def files_of(self, positions: Sequence[int]) -> list[str]:
        return [f"{self.root}/{name}" for name in self.names[list(positions)]]  # a Path for each takes long

    def check(self, positions: Sequence[int], wholly: Sequence[bool]) -> dict[str, bytes]:
        return check_all(self.files_of(positions), wholly)

    def decoded(self, cache: Path | None = None) -> "DecodedImages":
        """Returns the same images, kept in memory after they are first needed."""
        from mobilenas.data.decoded import DecodedImages

        return DecodedImages(self, self.labels, cache)
