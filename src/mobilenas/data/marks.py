"""Marks of images: short hashes, written beside weights, that tell which images have trained them."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Marks: TypeAlias = NDArray[np.uint64]
"""A set of marks: numbers of 64 bits, each once, sorted."""

NO_MARKS: Marks = np.empty(0, np.uint64)


def marks_of(contents: Iterable[bytes]) -> Marks:
    """Returns the marks of images.

    Args:
        contents: for each image bytes that no other image has
    """
    digests = b"".join(hashlib.sha256(content).digest()[:8] for content in contents)
    return np.unique(np.frombuffer(digests, "<u8").astype(np.uint64))


def together(*some: Marks) -> Marks:
    """Returns the union of sets of marks."""
    return np.unique(np.concatenate([NO_MARKS, *some]))


def count_seen(own: Callable[[], Marks], trained_on: Marks) -> int:
    """Returns how many images are among those that have trained something.

    Args:
        own: returns the marks of the images; it is not asked if nothing was trained, because it reads every image
        trained_on: the marks of the images that have trained
    """
    return int(np.isin(own(), trained_on).sum()) if len(trained_on) else 0


def in_text(marks: Marks) -> str:
    """Returns marks as text in base64."""
    return base64.b64encode(marks.astype("<u8").tobytes()).decode()


def marks_in(text: str) -> Marks:
    """Returns the marks in a text of ``in_text``; raises ValueError if it is none."""
    try:
        return np.unique(np.frombuffer(base64.b64decode(text, validate=True), "<u8").astype(np.uint64))
    except (binascii.Error, ValueError):
        raise ValueError("the marks of its training images are damaged") from None
