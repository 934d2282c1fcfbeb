"""Reads image files as pixels."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from torch import Tensor

from mobilenas.data.copies import AnyPath, end_in
from mobilenas.data.many_files import by_chunks

Pixels = NDArray[np.uint8]
DECODING = 4
"""A version number; it rises when this file makes other pixels of the same images."""

LARGEST_PIXELS = 89_000_000
"""Larger images are refused before they are decoded, a little before Pillow warns of them; they would take 270 MB."""

_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
"""How a whole file of a format ends; nearly all damage, as a copy that was stopped, takes this end away."""

_SCALED = {"1": 255, "L;2": 85, "L;4": 17}
"""The factors by which Pillow multiplies PNG's gray of few bits, but not the gray that stands for transparent."""

_BITS, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # tags of TIFF


class UnreadableImageError(ValueError):
    """An image cannot be read; the error is one sentence, even if a worker of torch adds a traceback."""

    def __init__(self, text: str) -> None:
        super().__init__(text.rsplit(f"{type(self).__name__}: ", 1)[-1].strip())


def decode(path: Path) -> Image.Image:
    """Returns the whole image in RGB; raises UnreadableImageError."""
    with _opened(path) as image:
        return _seen(image)


@contextmanager
def _opened(path: AnyPath) -> Iterator[Image.Image]:
    """Opens an image, of which only the head is read; raises UnreadableImageError, also for errors within."""
    try:
        if not os.path.isfile(path):  # noqa: PTH113 - faster than a Path; a pipe would wait for ever
            raise ValueError("it is no file" if Path(path).exists() else "there is no such file")
        with Image.open(path, formats=_formats()) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise ValueError(f"it has {image.width} x {image.height} pixels, more than {LARGEST_PIXELS:,}")
            yield image
    except Exception as error:  # decoders of many formats raise errors of all kinds
        raise UnreadableImageError(f"{path} cannot be read as an image ({error}); replace it or remove it.") from None


@cache
def _formats() -> tuple[str, ...]:
    """Returns the formats of photos; Pillow's others run programs (EPS) or hold other things than one picture."""
    Image.init()
    photos = ("JPEG", "MPO", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "PPM", "GIF")
    return tuple(name for name in photos if name in Image.OPEN)


def _seen(image: Image.Image) -> Image.Image:
    """Returns what a person sees: upright as its EXIF says, 16 bits scaled to 8, what is transparent on white.

    Raises:
        ValueError: the pixels have more than 16 bits, or what is transparent cannot be known
    """
    if image.mode == "F" or (image.mode == "I" and image.format not in ("PNG", "PPM")):
        raise ValueError("its pixels have 32 bits or a sign; save it with 8 or 16 bits and without a sign")
    _scale_transparency(image)
    image.load()
    if image.mode.startswith("I"):
        image = _turned(_eight_bits(image), image)
    ImageOps.exif_transpose(image, in_place=True)  # a copy may take hundreds of megabytes
    if "A" in image.getbands() or "transparency" in image.info:
        image = _as(image, "RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return _as(image, "RGB")


def _as(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


def _scale_transparency(image: Image.Image) -> None:
    """Makes the color that stands for transparent in a PNG one of the values that its pixels will have."""
    key, raw = image.info.get("transparency"), image.tile[0][3] if isinstance(image, PngImageFile) else None
    if isinstance(key, int) and raw in _SCALED:
        image.info["transparency"] = key * _SCALED[raw]
    elif isinstance(key, tuple) and raw == "RGB;16B":
        raise ValueError("it has 16 bits a channel and a color that stands for transparent; save it with 8 bits")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Returns a gray image of up to 16 bits with 8, and what is transparent in white."""
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    largest = 2 ** tags.get(_BITS, (16,))[0] - 1
    deep = np.asarray(image).astype(np.uint32)
    hidden = deep == image.info["transparency"] if "transparency" in image.info else None
    deep *= 255
    deep += largest // 2
    deep //= largest
    gray = deep.astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        gray = 255 - gray
    if hidden is not None:
        gray[hidden] = 255
    return Image.fromarray(gray)


def _turned(image: Image.Image, original: Image.Image) -> Image.Image:
    """Returns an image with the orientation that the original's EXIF states."""
    image.info["exif"] = original.getexif().tobytes()
    return image


def centered(path: Path, resolution: int, share: float) -> Pixels:
    """Returns the middle square, ``share`` of the shorter side, as bytes ``(3, resolution, resolution)``.

    It begins at a whole pixel, as torchvision's ``CenterCrop``: half a pixel would blur a square that keeps its size.
    """
    return np.asarray(_middle(decode(path), resolution, share)).transpose(2, 0, 1)


def _middle(image: Image.Image, resolution: int, share: float) -> Image.Image:
    side = share * min(image.size)
    left, top = (min(round((length - side) / 2), length - side) for length in image.size)
    return image.resize((resolution, resolution), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))


def read_all(paths: Sequence[Path], resolution: int, share: float) -> Tensor:
    """Returns the middle squares of all files, bytes ``(N, 3, resolution, resolution)``; several processes may read."""
    pixels = torch.empty((len(paths), 3, resolution, resolution), dtype=torch.uint8)
    _fill(pixels, by_chunks(partial(_read_chunk, resolution=resolution, share=share), paths, "reading images"))
    return pixels


def check_all(paths: Sequence[str], wholly: Sequence[bool]) -> dict[str, bytes]:
    """Raises UnreadableImageError for the first file that is no image; several processes may read.

    Args:
        paths: the files
        wholly: for each file, whether it is decoded; otherwise only its head is, unless its end is not that of a whole
            file

    Returns:
        the hash of the size and the end of each file, by which copies are found
    """
    ends = by_chunks(_check_chunk, list(zip(paths, wholly, strict=True)), "checking images")
    return dict(zip(paths, chain.from_iterable(ends), strict=True))


def levels_of_all(paths: Sequence[str], resolution: int, share: float) -> Tensor:
    """Returns how often each value is in each channel of the middle squares, ``(3, 256)``; several processes may read.

    The numbers are whole, so that they are the same for any number of processes.
    """
    work = partial(_levels_of_chunk, resolution=resolution, share=share)
    counts = list(by_chunks(work, paths, "measuring colors"))
    return torch.from_numpy(np.sum(counts, axis=0))


def _check_chunk(files: Sequence[tuple[str, bool]]) -> list[bytes]:
    return [_checked(path, wholly) for path, wholly in files]


def _checked(path: str, wholly: bool) -> bytes:
    """Returns a hash of the size and the end of a file; raises UnreadableImageError."""
    with _opened(path) as image:
        size, end = _end_of(image, path)
        if wholly or not end.endswith(_ENDS.get(image.format or "", ())):
            image.draft(None, (1, 1))  # a JPEG is read to its end, but only each eighth pixel is computed
            _seen(image)
    return hashlib.blake2b(end, digest_size=16, key=size.to_bytes(8)).digest()


def _end_of(image: Image.Image, path: str) -> tuple[int, bytes]:
    """Returns the size of an opened image's file, and its last bytes."""
    if not (file := getattr(image, "fp", None)):
        with open(path, "rb") as again:  # noqa: PTH123 - for 100,000 files a Path for each takes long
            return end_in(again)
    place = file.tell()
    found = end_in(file)
    file.seek(place)
    return found


def _levels_of_chunk(paths: Sequence[str], resolution: int, share: float) -> NDArray[np.int64]:
    each = [_middle(decode(Path(path)), resolution, share).histogram() for path in paths]
    return np.sum(each, axis=0, dtype=np.int64).reshape(3, 256)


def _read_chunk(paths: Sequence[Path], resolution: int, share: float) -> Pixels:
    return np.stack([centered(path, resolution, share) for path in paths])


def _fill(pixels: Tensor, arrays: Iterable[Pixels]) -> None:
    start = 0
    for array in arrays:
        pixels[start : start + len(array)] = torch.from_numpy(array)
        start += len(array)
