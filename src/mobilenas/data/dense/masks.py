"""Images with masks for segmentation: two folders with files of the same names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from torch import Tensor

from mobilenas.data.copies import sized_ends
from mobilenas.data.decode import decode
from mobilenas.data.dense.mask_file import labels_in, load_mask
from mobilenas.data.dense.names import names_under, some_of
from mobilenas.data.dense.sizes import check_size
from mobilenas.data.folders import IMAGE_FILES
from mobilenas.progress import Progress
from mobilenas.task.targets import IGNORED

BLACK_AND_WHITE = (0, 255)
"""The labels of masks with two classes that people can see."""

MANY = 2000
"""The number of masks from which on a progress bar is worth it."""


@dataclass(frozen=True, eq=False)
class MaskListing:
    """Images with a mask each.

    Args:
        images: the folder of the images
        masks: the folder of the masks
        names: the names of the files of the images
        mask_names: the names of the files of the masks, in the same order
        classes: the names of the classes
        labels: the label in the files of each class, in the order of the classes
        ignored: labels in the files of pixels that are ignored
    """

    images: Path
    masks: Path
    names: tuple[str, ...]
    mask_names: tuple[str, ...]
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    ignored: tuple[int, ...] = (IGNORED,)

    def __post_init__(self) -> None:
        for label in (*self.labels, *self.ignored):
            if not 0 <= label <= 255:
                raise ValueError(f"{self.masks}: the label {label} must be from 0 to 255, as the pixels of a PNG.")

    def original(self, position: int) -> tuple[Image.Image, Tensor]:
        """Returns an image, and its mask of class indices from 0 and 255 for ignored pixels, bytes ``(H, W)``.

        Raises:
            UnreadableImageError: one of them cannot be read, or they differ in size
        """
        path, mask_path = self.images / self.names[position], self.masks / self.mask_names[position]
        image, mask = decode(path), load_mask(mask_path, self.labels, self.ignored)
        check_size(path, (image.height, image.width), (mask.shape[0], mask.shape[1]), f"its mask {mask_path} is")
        return image, mask

    def taken(self, positions: Sequence[int]) -> "MaskListing":
        """Returns some of the images."""
        names, mask_names = zip(*((self.names[one], self.mask_names[one]) for one in positions), strict=True)
        return replace(self, names=names, mask_names=mask_names)

    @property
    def left_out(self) -> Mapping[str, int]:
        """The number of annotations that do not count: there are none in masks."""
        return {}

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the images, in order."""
        return tuple(self.images / name for name in self.names)

    @property
    def contents(self) -> Iterator[bytes]:
        """The size and the end of each image's file, which no other image has."""
        return sized_ends(self.files)

    @property
    def targets(self) -> Iterator[bytes]:
        """The size and the end of each file of a mask, which is compressed, with what its labels mean."""
        about = repr((self.labels, self.ignored)).encode()
        return (about + content for content in sized_ends(self.masks / name for name in self.mask_names))


def read_masks(
    images: Path, masks: Path, classes: Sequence[str] | None = None, ignored: Sequence[int] = (IGNORED,)
) -> MaskListing:
    """Returns the images of a folder with their masks, which have the same names with the ending ``.png``.

    Args:
        images: the folder of the images, which may have folders
        masks: the folder of the masks
        classes: the names of the classes; with None the masks are read, and the largest label that is not ignored is
            the last class. If all labels are 0 and 255, and neither is ignored, these are the labels of two classes
        ignored: labels of pixels that are ignored

    Raises:
        ValueError: an image has no mask, a mask has no image, or there are fewer than two classes
    """
    pairs = paired(images, names_under(images, IMAGE_FILES), masks, names_under(masks, (".png",)))
    names, mask_names = zip(*pairs, strict=True)
    listing = MaskListing(images, masks, names, mask_names, (), (), tuple(ignored))
    may_be_white = 255 not in ignored and (classes is None or len(classes) == 2)
    are_read = may_be_white or classes is None
    seen = _labels_of([listing.masks / name for name in listing.mask_names]) if are_read else set[int]()
    if may_be_white and seen == set(BLACK_AND_WHITE):
        return replace(listing, classes=tuple(classes or ("class 0", "class 255")), labels=BLACK_AND_WHITE)
    return with_classes(listing, _numbered(listing, seen) if classes is None else classes)


def with_classes(listing: MaskListing, classes: Sequence[str]) -> MaskListing:
    """Returns the listing with these classes; a class whose label is ignored keeps its place, without pixels.

    Raises:
        ValueError: there are fewer than 2 classes, or more than a mask can tell apart
    """
    if not 2 <= len(classes) <= 254:
        raise ValueError(
            f"{listing.masks}: there must be 2 to 254 classes, not {len(classes)}: correct the lines of classes.txt, if"
            " there is this file, or the masks."
        )
    return replace(listing, classes=tuple(classes), labels=tuple(range(len(classes))))


def paired(
    images: Path, of_images: Mapping[str, str], masks: Path, of_masks: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Returns the name of each image and of its mask, in the order of the images' names.

    Args:
        images: the folder of the images
        of_images: the images in it, by their names without the ending
        masks: the folder of the masks
        of_masks: the masks in it, by their names without the ending

    Raises:
        ValueError: there are no images, an image has no mask, or a mask has no image
    """
    if not of_images:
        raise ValueError(f"{images} has no images ({', '.join(IMAGE_FILES)}): put some there.")
    if alone := set(of_images) - set(of_masks):
        raise ValueError(
            f"{images} has images without a mask (a PNG of the same name) in {masks}:"
            f" {some_of(of_images[key] for key in alone)}; add the masks or remove the images."
        )
    if alone := set(of_masks) - set(of_images):
        raise ValueError(
            f"{masks} has masks without an image of the same name in {images}:"
            f" {some_of(of_masks[key] for key in alone)}; add the images or remove the masks."
        )
    return [(name, of_masks[key]) for key, name in sorted(of_images.items())]


def _numbered(listing: MaskListing, seen: set[int]) -> tuple[str, ...]:
    """Returns a name for each class up to the largest label of the masks."""
    largest = max(seen - set(listing.ignored), default=0)
    if not 1 <= largest < 254:
        raise ValueError(
            f"The masks in {listing.masks} have the labels {_listed(seen)}, of which {_listed(listing.ignored)} are"
            " ignored: classes need the labels 0, 1, 2 and so on up to at most 253; black and white masks, of 0 and 255"
            " alone, need data.ignored=[], or --ignored= of mobilenas-evaluate."
        )
    return tuple(f"class {label}" for label in range(largest + 1))


def _labels_of(paths: Sequence[Path]) -> set[int]:
    if len(paths) < MANY:
        return set().union(*map(labels_in, paths))
    seen = set[int]()
    with Progress("reading masks", len(paths), "mask") as progress:
        for path in paths:
            seen |= labels_in(path)
            progress.advance()
    return seen


def _listed(labels: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(labels))) or "none"
