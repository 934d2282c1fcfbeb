"""Folders of images that are made of a list of names, and the check of what is read in them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch

from mobilenas.data import ImageData, image_folder
from mobilenas.evaluation import Architecture
from mobilenas.search_space import SearchSpace

LONGEST = 12
"""The most letters in the name of a file that holds an image; other files hold a text."""


def tree_of(photos: Path) -> bytes:
    """Returns the names of a folder's images by class, as JSON."""
    return json.dumps({one.name: [path.name for path in one.iterdir()] for one in photos.iterdir()}).encode()


def splits_of(photos: Path) -> bytes:
    """Returns the same classes in three splits."""
    classes = {one.name: sorted(path.name for path in one.iterdir()) for one in photos.iterdir()}
    return json.dumps(
        {
            f"{split}/{name}": names[start::3]
            for start, split in enumerate(("train", "val", "test"))
            for name, names in classes.items()
        }
    ).encode()


def data_in(path: Path, root: Path, photos: Path) -> ImageData:
    """Makes the folders and files that a list names, and returns the data in them, with their pixels checked."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    whole = [one.read_bytes() for one in sorted(photos.rglob("*.png"))]
    for number, file in enumerate(_files(_json_in(path), root)):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(whole[number % len(whole)] if len(file.name) <= LONGEST else b"no image")
        except (OSError, UnicodeError, ValueError):  # no file can have this name
            continue
    data = image_folder(str(root), 16)
    data.check_images()
    _ = data.fingerprint
    return data


def _files(content: object, root: Path) -> Iterator[Path]:
    for folder, names in content.items() if isinstance(content, dict) else ():
        for name in names if isinstance(names, list) else ():
            yield root / _inside(folder) / _inside(name)


def _inside(name: object) -> str:
    return str(name).replace("..", "__").strip("/")


def _json_in(path: Path) -> object:
    try:
        return json.loads(path.read_text())
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is no JSON") from None


def wrong(data: ImageData) -> str | None:
    """No image is in two splits, and each label is of a class."""
    positions = torch.cat([data.splits[name] for name in ("train", "search", "test")]).tolist()
    if len(set(positions)) < len(positions) or not 0 <= min(positions) <= max(positions) < len(data.images.labels):
        return "an image is in two splits, or in none"
    labels = data.images.labels[positions]
    if not 0 <= int(labels.min()) <= int(labels.max()) < len(data.classes):
        return "a label is of no class"
    return None if len(set(data.classes)) == len(data.classes) else "a class has two labels"


def architecture_in(path: Path, space: SearchSpace) -> Architecture:
    """Returns the architecture in a JSON list of options."""
    content = _json_in(path)
    if not isinstance(content, list):
        raise ValueError(f"{path} is no list")
    space.network(content)
    return space.check(content)
