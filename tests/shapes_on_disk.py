"""Small data sets of boxes and masks on disk: bright rectangles of two colours on a dark ground."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLOURS = {"red": (220, 40, 40), "blue": (40, 40, 220)}
HEIGHT, WIDTH = 48, 64

NETWORK = """
name: mine
input: {channels: 3, height: 48, width: 64}
layers:
  - {op: conv, kernel: 3, out: 8, stride: 2}
  - {op: mbconv, kernel: 3, expanded: 16, out: 8, stride: 2}
  - {op: mbconv, kernel: 3, expanded: 24, out: 16, stride: 2}
  - {op: mbconv, kernel: 3, expanded: 48, out: 16, residual: true}
  - {op: mbconv, kernel: 3, expanded: 48, out: 24, stride: 2}
  - {op: mbconv, kernel: 5, expanded: 72, out: 32, stride: 2}
  - {op: conv, kernel: 1, out: 48}
  - {op: classifier, classes: 5}
"""
"""A small network for images of this size, as a user writes it."""


def coco(root: Path, **counts: int) -> Path:
    """Writes a data set in COCO's format; an image in seven has no object, and one in five has a crowd region."""
    rng = np.random.default_rng(0)
    for split, count in counts.items():
        (root / split).mkdir(parents=True)
        images, annotations = [], list[dict[str, object]]()
        for number in range(count):
            pixels, boxes = _drawn(rng, number % 7 > 0)
            name = f"{number}.png"
            Image.fromarray(pixels).save(root / split / name)
            images.append({"id": number, "file_name": name, "height": HEIGHT, "width": WIDTH})
            for place, (left, top, right, bottom, label) in enumerate(boxes):
                crowd = int(number % 5 == 4 and place == 0)
                box = [left, top, right - left, bottom - top]
                one = {"id": len(annotations), "image_id": number, "category_id": label + 1, "iscrowd": crowd}
                annotations.append(one | {"bbox": box, "area": box[2] * box[3]})
        categories = [{"id": number, "name": name} for number, name in enumerate(COLOURS, 1)]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (root / f"{split}.json").write_text(json.dumps(content))
    return root


def masks(root: Path, **counts: int) -> Path:
    """Writes a data set of masks: the ground is 0, the colours are 1 and 2, and a border of 255 is ignored."""
    rng = np.random.default_rng(0)
    for split, count in counts.items():
        for kind in ("images", "masks"):
            (root / kind / split).mkdir(parents=True)
        for number in range(count):
            pixels, boxes = _drawn(rng, some=True)
            mask = np.zeros((HEIGHT, WIDTH), np.uint8)
            for left, top, right, bottom, label in boxes:
                mask[top:bottom, left:right] = label + 1
            mask[0] = 255
            Image.fromarray(pixels).save(root / "images" / split / f"{number}.png")
            Image.fromarray(mask).save(root / "masks" / split / f"{number}.png")
    (root / "classes.txt").write_text("\n".join(["ground", *COLOURS]))
    return root


def _drawn(rng: np.random.Generator, some: bool) -> tuple[NDArray[np.uint8], list[tuple[int, int, int, int, int]]]:
    pixels = rng.integers(0, 60, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    boxes = []
    for _ in range(int(rng.integers(1, 4)) if some else 0):
        width, height = rng.integers(12, 30, 2).tolist()
        left, top = int(rng.integers(0, WIDTH - width)), int(rng.integers(0, HEIGHT - height))
        label = int(rng.integers(0, 2))
        pixels[top : top + height, left : left + width] = list(COLOURS.values())[label]
        boxes.append((left, top, left + width, top + height, label))
    return pixels, boxes
