"""Reads the file of a mask: a PNG whose pixels are labels."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from torch import Tensor

from mobilenas.data.decode import LARGEST_PIXELS, UnreadableImageError
from mobilenas.task.targets import IGNORED

_UNKNOWN = 254

_STEPS = {"L;2": 85, "L;4": 17}
"""The factors by which Pillow multiplies gray of few bits, which would change labels."""


def load_mask(path: Path, labels: Sequence[int], ignored: Collection[int]) -> Tensor:
    """Returns a mask.

    Args:
        path: a PNG in gray of 8 bits or fewer, or with a palette, whose colours do not matter
        labels: the label in the file of each class, in the order of the classes
        ignored: labels of pixels that are ignored

    Returns:
        class indices from 0, and 255 for pixels that are ignored, bytes ``(H, W)``

    Raises:
        UnreadableImageError: the file is no such PNG, or has a label that is neither a class nor ignored
    """
    table = torch.full((256,), _UNKNOWN, dtype=torch.uint8)
    table[list(labels)] = torch.arange(len(labels), dtype=torch.uint8)
    table[list(ignored)] = IGNORED
    with _opened(path) as image:
        raw = _labels(image)
    unknown = np.flatnonzero(np.bincount(raw.ravel(), minlength=256) * (table == _UNKNOWN).numpy())
    if len(unknown):
        raise UnreadableImageError(
            f"{path} has pixels of the label {unknown[0]}, which is neither one of the {len(labels)} classes nor"
            f" ignored: correct the mask, name all classes, or ignore {unknown[0]} (data.ignored, or --ignored of"
            " mobilenas-evaluate)."
        )
    return table[torch.from_numpy(raw).long()]


def labels_in(path: Path) -> set[int]:
    """Returns the labels that a mask has; raises UnreadableImageError if it is no mask."""
    with _opened(path) as image:
        return set(np.flatnonzero(np.bincount(_labels(image).ravel())).tolist())


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        if not path.is_file():  # a pipe would wait for ever
            raise ValueError("it is no file" if path.exists() else "there is no such file")
        with Image.open(path, formats=("PNG",)) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise ValueError(f"it has {image.width} x {image.height} pixels, more than {LARGEST_PIXELS:,}")
            if image.mode not in ("1", "L", "P"):
                raise ValueError(f"its pixels are {_kind(image.mode)}, not labels of 8 bits or fewer")
            yield image
    except Exception as error:  # a decoder raises errors of all kinds
        reason = " ".join(str(error).split())
        raise UnreadableImageError(
            f"{path} cannot be read as a mask ({reason}): save its labels as a PNG in gray or with a palette."
        ) from None


def _kind(mode: str) -> str:
    return "gray of 16 bits" if mode.startswith("I") else f"colours ({mode})"


def _labels(image: Image.Image) -> NDArray[np.uint8]:
    """Returns the pixels as the file states them, ``(H, W)``."""
    step = _STEPS.get(str(image.tile[0][3]), 1) if isinstance(image, PngImageFile) else 1
    return np.array(image, dtype=np.uint8) // step
