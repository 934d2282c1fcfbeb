"""Images with boxes in COCO's format (Lin et al. 2014): a JSON file of annotations, and a folder of images."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from mobilenas.data.copies import sized_ends
from mobilenas.data.decode import decode
from mobilenas.data.dense.boxes import Objects, pad_objects
from mobilenas.data.dense.clipping import clip_boxes
from mobilenas.data.dense.coco_entries import area_of, category_name, corners_of, image_entry, is_crowd
from mobilenas.data.dense.coco_json import Entry, read_coco_lists
from mobilenas.data.dense.names import is_within, short, some_of
from mobilenas.data.dense.sizes import check_size
from mobilenas.ops import Size
from mobilenas.task.targets import COLUMNS

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class CocoListing:
    """Images with their objects.

    Args:
        root: the folder of the images
        names: the names of the files in it
        sizes: the size of each image, as the annotations state it
        objects: the objects of each image; an image may have none
        classes: the names of the classes, in the order of the labels, which is that of the category ids
        left_out: the number of boxes that do not count, by kind
    """

    root: Path
    names: tuple[str, ...]
    sizes: tuple[Size, ...]
    objects: tuple[Objects, ...]
    classes: tuple[str, ...]
    left_out: Mapping[str, int]

    def original(self, position: int) -> tuple[Image.Image, Objects]:
        """Returns an image with its objects; raises UnreadableImageError if it does not have the stated size."""
        path = self.root / self.names[position]
        image = decode(path)
        check_size(path, (image.height, image.width), self.sizes[position], "its annotations are for")
        return image, self.objects[position]

    def taken(self, positions: Sequence[int]) -> "CocoListing":
        """Returns some of the images."""
        names, sizes, objects = zip(
            *((self.names[one], self.sizes[one], self.objects[one]) for one in positions), strict=True
        )
        return replace(self, names=names, sizes=sizes, objects=objects)

    @property
    def count(self) -> int:
        """The number of objects; crowd regions are none."""
        return sum(int((~one.crowd).sum()) for one in self.objects)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the images, in order."""
        return tuple(self.root / name for name in self.names)

    @property
    def contents(self) -> Iterator[bytes]:
        """The size and the end of each image's file, which no other image has."""
        return sized_ends(self.files)

    @property
    def targets(self) -> Iterator[bytes]:
        """The content of each image's annotations."""
        return (pad_objects([one]).numpy().tobytes() for one in self.objects)


def read_coco(annotations: Path, images: Path) -> CocoListing:
    """Returns the images of a JSON file in COCO's format.

    A box is clipped to its image. A box without area, or wholly outside its image, is left out and counted. A category
    without examples stays a class, with a warning. An image without objects stays.

    Args:
        annotations: the JSON file
        images: the folder of the images

    Raises:
        ValueError: the file is not in this format, contradicts itself, or names an image that the folder does not have
    """
    lists = read_coco_lists(annotations)
    found = {number: image_entry(annotations, number, one) for number, one in lists["images"].items()}
    names, sizes = tuple(name for name, _ in found.values()), tuple(size for _, size in found.values())
    _check_images(annotations, images, names)
    classes = _classes(annotations, lists["categories"])
    places = {number: position for position, number in enumerate(found)}
    labels = {number: label for label, number in enumerate(classes)}
    owners, rows = _rows(annotations, lists["annotations"], places, labels)
    rows[:, :4], kept, left_out = clip_boxes(rows[:, :4], np.array(sizes, float)[owners])
    of_boxes = np.prod(rows[:, 2:4] - rows[:, :2], axis=1)
    rows[:, 6] = np.where(rows[:, 6] > 0, rows[:, 6], of_boxes)
    objects = _by_image(rows[kept], owners[kept], len(names))
    if unseen := set(range(len(classes))) - set(rows[kept, 4].astype(int).tolist()):
        named = some_of(tuple(classes.values())[label] for label in unseen)
        log.warning("%s has no examples of %s: nothing can be learned or scored there.", annotations, named)
    return CocoListing(images, names, sizes, objects, tuple(classes.values()), left_out)


def _check_images(annotations: Path, images: Path, names: tuple[str, ...]) -> None:
    if not names:
        raise ValueError(f"{annotations} has no images: give a file that lists some.")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"{annotations} has two images with the file_name {some_of(twice)}: join them to one.")
    if missing := [name for name in names if not is_within(images, name)]:
        raise ValueError(
            f"{annotations} has images whose files are not in {images}: {some_of(missing)}; put them there, or remove"
            " the images and their annotations."
        )


def _classes(annotations: Path, categories: Mapping[int, Entry]) -> dict[int, str]:
    """Returns the names of the categories by their ids, in the order of the ids."""
    if not categories:
        raise ValueError(f"{annotations} has no categories: it needs one for each class of objects.")
    classes = {number: category_name(annotations, number, categories[number]) for number in sorted(categories)}
    if twice := [name for name, count in Counter(classes.values()).items() if count > 1]:
        raise ValueError(f"{annotations} has two categories with the name {some_of(twice)}: rename or join them.")
    return classes


def _rows(
    path: Path, annotations: Mapping[int, Entry], images: Mapping[int, int], labels: Mapping[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Returns the image of each annotation, ``(A,)``, and its corners, label, crowd mark and area, ``(A, 7)``."""
    owners, rows = [], []
    for number, entry in annotations.items():
        owners.append(_place(path, number, entry, "image_id", images))
        label = _place(path, number, entry, "category_id", labels)
        rows.append(
            (*corners_of(path, number, entry), label, is_crowd(path, number, entry), area_of(path, number, entry))
        )
    return np.array(owners, np.int64), np.array(rows, np.float64).reshape(-1, COLUMNS)


def _place(path: Path, number: int, entry: Entry, key: str, places: Mapping[int, int]) -> int:
    """Returns the position of the image, or the label of the category, that an annotation names by its id."""
    named = entry.get(key)
    if not isinstance(named, int) or isinstance(named, bool) or named not in places:
        raise ValueError(
            f"{path}: the annotation with the id {short(number)} has {key}={short(named)}, which the file does not"
            " have: correct it or remove the annotation."
        )
    return places[named]


def _by_image(rows: NDArray[np.float64], owners: NDArray[np.int64], images: int) -> tuple[Objects, ...]:
    """Returns the objects of each image, from rows of corners, label, crowd mark and area."""
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=images).tolist()
    parts = torch.split(torch.from_numpy(rows[order]), counts)
    return tuple(Objects(part[:, :4].float(), part[:, 4].long(), part[:, 5] > 0, part[:, 6].float()) for part in parts)
