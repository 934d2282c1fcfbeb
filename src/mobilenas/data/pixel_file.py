"""The pixels of many images in one file, with their hash beside it."""

import hashlib
import json
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mobilenas.files.whole import replacing, write_text


@dataclass(frozen=True)
class PixelFile:
    """Two files: ``<path>.pixels`` has raw bytes, ``<path>.json`` their shape and hash; neither is ever incomplete.

    Args:
        path: the path of both files, without their endings
        shape: the shape of the pixels, ``(N, 3, H, W)``
    """

    path: Path
    shape: tuple[int, ...]

    @property
    def digest(self) -> str | None:
        """The SHA-256 of the pixels; None if there is no file, or a file of another size."""
        try:
            digest = str(json.loads(self._head.read_text())["sha256"])
            bytes.fromhex(digest)
            return digest if self._pixels.stat().st_size == prod(self.shape) else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def read(self) -> Tensor | None:
        """Returns the pixels, mapped into memory; None if there is no file, or a damaged file."""
        digest = self.digest
        if digest is None:
            return None
        # a private map, which other processes get as they get any tensor; those of torch.from_file they cannot get
        pixels = torch.from_numpy(np.memmap(self._pixels, np.uint8, "c", shape=self.shape))
        return pixels if pixel_digest(pixels) == digest else None

    def write(self, pixels: Tensor) -> None:
        """Writes the pixels, and then their hash.

        Raises:
            ValueError: the folder cannot be written
        """
        head = {"sha256": pixel_digest(pixels), "shape": self.shape}
        try:
            with replacing(self._pixels) as new:
                new.write_bytes(pixels.numpy().data)
            write_text(self._head, json.dumps(head))
        except OSError as error:
            raise ValueError(
                f"data.cache: {self.path.parent} cannot be written ({error.strerror}); choose another folder, or"
                " set data.cache=null to decode the images in every command."
            ) from None

    @property
    def _pixels(self) -> Path:
        return self.path.with_suffix(".pixels")

    @property
    def _head(self) -> Path:
        return self.path.with_suffix(".json")


def pixel_digest(pixels: Tensor) -> str:
    """Returns the SHA-256 of bytes in memory, in hexadecimal."""
    return hashlib.sha256(pixels.contiguous().numpy().data).hexdigest()
