"""ImageNet, read from a small fake of its folders."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data import Augment, ImageData, ImageNetFolders
from mobilenas.data.images import FileImages

Hashes = Callable[..., list[str]]


def read(root: Path, **changes: Any) -> ImageData:
    settings: dict[str, Any] = {
        "resolution": 16,
        "augment": Augment(min_area=0.08, flip=True),
        "search_images": 6,
        "split_seed": 0,
        "center_share": 0.875,
        "classes": None,
        "workers": 0,
    }
    return ImageNetFolders(root=str(root), **settings | changes).load()


def names(data: ImageData, split: str) -> set[str]:
    assert isinstance(data.images, FileImages)
    return set(data.images.names[data.splits[split].numpy()].tolist())


def listed(root: Path, folder: str) -> set[str]:
    return {file.relative_to(root).as_posix() for file in (root / folder).rglob("*.JPEG")}


def test_official_validation_images_report(fake_imagenet: Path) -> None:
    data = read(fake_imagenet)
    assert names(data, "test") == listed(fake_imagenet, "val")


def test_search_images_are_taken_from_the_training_images(fake_imagenet: Path) -> None:
    data = read(fake_imagenet)
    assert len(names(data, "search")) == 6
    assert names(data, "train") | names(data, "search") == listed(fake_imagenet, "train")
    assert not names(data, "train") & names(data, "search")


def test_classes_are_the_folders(fake_imagenet: Path) -> None:
    data = read(fake_imagenet)
    assert data.classes == ("n01440764", "n01443537", "n02119789")
    assert isinstance(data.images, FileImages)
    for name, label in zip(data.images.names, data.images.labels.tolist(), strict=True):
        assert data.classes[label] in name


def test_evaluation_shows_the_middle(fake_imagenet: Path) -> None:
    data = read(fake_imagenet)
    assert isinstance(data.images, FileImages)
    first = Image.open(fake_imagenet / data.images.names[0]).convert("RGB")  # 40 x 30
    side = 0.875 * 30
    box = (7, 2, 7 + side, 2 + side)  # (40 - side) / 2 and (30 - side) / 2, to the nearest pixel
    expected = np.asarray(first.resize((16, 16), Image.Resampling.BILINEAR, box=box)).transpose(2, 0, 1)
    assert np.array_equal(data.images.centered([0])[0], expected)


def test_training_images_are_random_crops(fake_imagenet: Path, hashes: Hashes) -> None:
    loader = read(fake_imagenet).train_loader(4, seed=0)
    first = hashes(loader)
    loader.set_epoch(1)
    assert not set(first) & set(hashes(loader))


def test_classes_are_drawn_by_the_split_seed(fake_imagenet: Path) -> None:
    drawn = {read(fake_imagenet, classes=2, search_images=4, split_seed=seed).classes for seed in range(8)}
    assert len(drawn) > 1
    assert all(len(classes) == 2 and list(classes) == sorted(classes) for classes in drawn)
    data = read(fake_imagenet, classes=2, search_images=4)
    assert data.sizes == {"train": 8, "search": 4, "test": 4}
    assert torch.bincount(data.images.labels).tolist() == [8, 8]


def test_more_classes_than_there_are_cannot_be_drawn(fake_imagenet: Path) -> None:
    with pytest.raises(ValueError, match=r"^4 of the 3 classes cannot be drawn; set data.classes from 2 to 3\."):
        read(fake_imagenet, classes=4)


def test_missing_archives_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^ImageNet's train images are not in {tmp_path}: set data.root"):
        read(tmp_path)
