"""Images of files that are kept in memory and decoded once for all commands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from torch import Tensor

from mobilenas.data.decode import read_all
from mobilenas.data.images import FileImages, Images, MemoryImages
from mobilenas.data.pixel_file import PixelFile, pixel_digest


@dataclass(frozen=True, eq=False)
class DecodedImages(Images):
    """Centered images of files, which are decoded when their pixels or the pixels' hash are first needed.

    Args:
        files: the images
        labels: class indices, ``(N,)``
        cache: folder for the decoded pixels, which the next command reads; None keeps none
    """

    in_memory: ClassVar[bool] = True

    files: FileImages
    labels: Tensor
    cache: Path | None

    @property
    def resolution(self) -> int:
        return self.files.size

    @cached_property
    def content(self) -> bytes:
        """The SHA-256 of the pixels; if it is known, the pixels are not read."""
        known = self._kept.digest if self._kept else None
        return bytes.fromhex(known or pixel_digest(self.pixels))

    def original(self, position: int) -> Tensor:
        return self._memory.original(position)

    def centered(self, positions: Sequence[int]) -> Tensor:
        return self._memory.centered(positions)

    def contents(self, positions: Sequence[int]) -> Iterator[bytes]:
        return self.files.contents(positions)

    def files_of(self, positions: Sequence[int]) -> list[str]:
        return self.files.files_of(positions)

    @cached_property
    def pixels(self) -> Tensor:
        """The pixels, bytes ``(N, 3, resolution, resolution)``; long decoding shows its progress.

        Raises:
            ValueError: an image is unreadable or has changed while it was used, or the cache cannot be written
        """
        if self._kept is None:
            return self._decoded()
        before, pixels = self._kept.digest, self._kept.read()
        if pixels is None:
            pixels = self._decoded()
            self._kept.write(pixels)
            if before not in (None, self._kept.digest):
                raise ValueError(f"The images in {self.files.root} have changed; start the command again.")
        return pixels

    @cached_property
    def _memory(self) -> MemoryImages:
        return MemoryImages(self.pixels, self.labels)

    @cached_property
    def _kept(self) -> PixelFile | None:
        if self.cache is None:
            return None
        return PixelFile(self.cache / self.files.key, (len(self.labels), 3, self.resolution, self.resolution))

    def _decoded(self) -> Tensor:
        return read_all(self.files.paths, self.files.size, self.files.center_share)

    def __getstate__(self) -> dict[str, object]:
        """Returns the pixels too, so that other processes need neither the files nor the cache."""
        return {"files": self.files, "labels": self.labels, "cache": None, "pixels": self.pixels}
