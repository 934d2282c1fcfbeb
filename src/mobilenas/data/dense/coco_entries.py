"""What one image, one annotation or one category of COCO's format states, checked."""

import sys
from collections.abc import Iterator
from pathlib import Path

from mobilenas.data.dense.coco_json import Entry
from mobilenas.data.dense.names import check_inside, short
from mobilenas.ops import Size

LONGEST = 1_000_000
"""The most pixels of a side of an image."""

Corners = tuple[float, float, float, float]
"""Left, top, right and bottom of a box."""


def image_entry(path: Path, number: int, entry: Entry) -> tuple[str, Size]:
    """Returns the name of an image's file, and its size.

    Raises:
        ValueError: one of them is missing, or the name leads out of the folder
    """
    name, height, width = entry.get("file_name"), _side(entry, "height"), _side(entry, "width")
    if not isinstance(name, str) or height is None or width is None:
        stated = ", ".join(f"{key} {short(entry.get(key))}" for key in ("file_name", "width", "height"))
        raise ValueError(
            f"{path}: the image with the id {short(number)} has {stated}; it needs a text and two whole numbers from 1"
            f" to {LONGEST:,}, so correct it or remove it."
        )
    return check_inside(name, f"{path}: the image with the id {short(number)}"), (height, width)


def category_name(path: Path, number: int, entry: Entry) -> str:
    """Returns the name of a category; raises ValueError if it has none."""
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(
            f"{path}: the category with the id {short(number)} has the name {short(name)}; it must be a text that is"
            " not empty, so give it one."
        )
    return name


def corners_of(path: Path, number: int, entry: Entry) -> Corners:
    """Returns the corners of an annotation's box, or of its polygons if it has no box.

    Raises:
        ValueError: the box is not four finite numbers, or there are neither a box nor polygons
    """
    box = entry.get("bbox")
    if box is None:
        return _around_polygons(path, number, entry.get("segmentation"))
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_finite, box)):
        raise ValueError(
            f"{path}: the annotation with the id {short(number)} has the bbox {short(box)}; it must be four finite"
            " numbers (left, top, width, height), so correct it or remove the annotation."
        )
    left, top, width, height = map(float, box)
    return left, top, left + width, top + height


def area_of(path: Path, number: int, entry: Entry) -> float:
    """Returns the area in pixels that an annotation states, usually that of its polygons; 0 if it states none.

    Raises:
        ValueError: it is no finite number, or below 0
    """
    area = entry.get("area")
    if area is None:
        return 0.0
    if not isinstance(area, int | float) or not _is_finite(area) or area < 0:
        raise ValueError(
            f"{path}: the annotation with the id {short(number)} has the area {short(area)}; it must be a finite number"
            " of pixels, so correct it or leave it out."
        )
    return float(area)


def is_crowd(path: Path, number: int, entry: Entry) -> bool:
    """Whether an annotation is a crowd region, or one that scores ignore, as converters of LVIS and VOC write it.

    Raises:
        ValueError: ``iscrowd`` or ``ignore`` is not 0, 1, true or false
    """
    marks = {key: entry.get(key, 0) for key in ("iscrowd", "ignore")}
    for key, value in marks.items():
        if not isinstance(value, int | float) or value not in (0, 1):
            raise ValueError(
                f"{path}: the annotation with the id {short(number)} has {key}={short(value)}; it must be 0 or 1, so"
                " correct it or remove it."
            )
    return any(marks.values())


def _around_polygons(path: Path, number: int, polygons: object) -> Corners:
    if not isinstance(polygons, list) or not polygons or not all(map(_is_polygon, polygons)):
        raise ValueError(
            f"{path}: the annotation with the id {short(number)} has no bbox, and its segmentation {short(polygons)} is"
            " no list of polygons from which a box can be made: give it a bbox, or remove it."
        )
    across, down = list(_numbers(polygons, 0)), list(_numbers(polygons, 1))
    return min(across), min(down), max(across), max(down)


def _numbers(polygons: list[list[float]], first: int) -> Iterator[float]:
    return (float(one) for polygon in polygons for one in polygon[first::2])


def _is_polygon(value: object) -> bool:
    """Whether a value is x and y of three points or more, in a row."""
    return isinstance(value, list) and len(value) >= 6 and len(value) % 2 == 0 and all(map(_is_finite, value))


def _is_finite(value: object) -> bool:
    """Whether a value is a number that a float can hold; Python's whole numbers can be larger."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _side(entry: Entry, key: str) -> int | None:
    """Returns a side of an image in pixels; None if the entry does not state one."""
    value = entry.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 1 <= value <= LONGEST:
        return None
    return int(value) if value == int(value) else None
