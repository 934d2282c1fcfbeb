"""Small annotated data sets: a JSON file in COCO's format with its images, and images with masks."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mobilenas.data.dense import CocoListing, read_coco

CONTENT = {
    "images": [
        {"id": 7, "file_name": "a.png", "width": 20, "height": 10},
        {"id": 3, "file_name": "deep/b.png", "width": 8, "height": 16},
    ],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 5, "bbox": [1, 2, 3.5, 4], "iscrowd": 0},
        {"id": 2, "image_id": 3, "category_id": 2, "bbox": [0, 0, 8, 16], "iscrowd": 1},
        {"id": 4, "image_id": 7, "category_id": 9, "bbox": [10, 5, 5, 5]},
    ],
    "categories": [{"id": 9, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 5, "name": "ant"}],
}

Coco = Callable[[object], CocoListing]


@pytest.fixture
def content() -> dict[str, list[dict[str, object]]]:
    """Two images, three annotations and three categories, which are right."""
    return copy.deepcopy(CONTENT)


@pytest.fixture
def coco(tmp_path: Path) -> Coco:
    """Writes two images and a content, or a text, as JSON; returns what is read."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    Image.new("RGB", (20, 10), "red").save(folder / "a.png")
    Image.new("RGB", (8, 16), "blue").save(folder / "deep" / "b.png")

    def read(content: object) -> CocoListing:
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "list.json").write_text(text, "utf-8")
        return read_coco(tmp_path / "list.json", folder)

    return read


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes pixels, or a gray image of one value, under ``tmp_path``; returns the file."""

    def write(name: str, pixels: np.ndarray | int = 0, mode: str | None = None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        array = np.full((4, 6), pixels, np.uint8) if isinstance(pixels, int) else pixels
        image = Image.fromarray(array)
        if mode == "P":
            image.putpalette([255 - level for level in range(256) for _ in range(3)])
        image.convert(mode or image.mode).save(path)
        return path

    return write
