"""Compares the size of an image with what its annotations state."""

from pathlib import Path

from mobilenas.data.decode import UnreadableImageError
from mobilenas.ops import Size


def check_size(path: Path, found: Size, stated: Size, origin: str) -> None:
    """Raises UnreadableImageError if an image does not have the size that its annotations state.

    Args:
        path: the file of the image
        found: the size of the image
        stated: the size in the annotations
        origin: says what states it
    """
    if found == stated:
        return
    turned = " (images are turned as their EXIF says)" if found == stated[::-1] else ""
    raise UnreadableImageError(
        f"{path} is {found[1]} x {found[0]} pixels large{turned}, but {origin} {stated[1]} x {stated[0]}: its"
        " annotations are of another version of the image, so replace one of the two."
    )
