"""Data sets of a few different images of noise, in the files and folders of the real data sets."""

import hashlib
import json
import pickle
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import CIFAR10, CIFAR100

from mobilenas.data import Augment, Batch, ImageData
from mobilenas.data.images import MemoryImages

Paint = Callable[..., Path]


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """Writes different images of noise into folders under ``tmp_path``; returns the outermost folder."""
    rng = np.random.default_rng(0)

    def write(*folders: str, count: int, size: tuple[int, int] = (12, 12), suffix: str = "png") -> Path:
        for folder in folders:
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            for index in range(count):
                pixels = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / folder / f"{index:03}.{suffix}")
        return tmp_path / Path(folders[0]).parts[0]

    return write


@pytest.fixture
def noise() -> Callable[..., ImageData]:
    """Makes a data set in memory of 50 training, 20 search and 10 test images of noise, 8 x 8 pixels, 5 classes."""

    def make(augment: Augment | None = None, workers: int = 0) -> ImageData:
        pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (80, 3, 8, 8), dtype=np.uint8))
        splits = {"train": torch.arange(50), "search": torch.arange(50, 70), "test": torch.arange(70, 80)}
        images = MemoryImages(pixels, torch.arange(80) % 5)
        return ImageData("noise", tuple("abcde"), images, splits, augment or Augment(padding=2, flip=True), workers, "")

    return make


@pytest.fixture
def hashes() -> Callable[[Iterable[Batch]], list[str]]:
    """Names every image of the batches by its content, in order."""

    def content(batches: Iterable[Batch]) -> list[str]:
        return [hashlib.sha256(image.numpy().tobytes()).hexdigest() for images, _ in batches for image in images]

    return content


@pytest.fixture
def fake_cifar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[type[CIFAR10], int, int], Path]:
    """Writes a small CIFAR and lets torchvision accept it as complete; returns a function of the images per class."""
    rng = np.random.default_rng(1)

    def write(kind: type[CIFAR10], train: int, test: int) -> Path:
        folder = tmp_path / "cifar" / kind.base_folder
        folder.mkdir(parents=True, exist_ok=True)
        key, names = kind.meta["key"], [f"class {index}" for index in range(100 if kind is CIFAR100 else 10)]
        label_key = "fine_labels" if kind is CIFAR100 else "labels"

        def save(name: str, content: object) -> list[str]:
            (folder / name).write_bytes(pickle.dumps(content))
            return [name, hashlib.md5((folder / name).read_bytes()).hexdigest()]

        def batch(name: str, each: int) -> list[str]:
            labels = list(range(len(names))) * each
            data = rng.integers(0, 256, (len(labels), 3072), dtype=np.uint8)
            return save(name, {"data": data, label_key: labels})

        monkeypatch.setattr(kind, "train_list", [batch(name, train) for name, _ in kind.train_list])
        monkeypatch.setattr(kind, "test_list", [batch(name, test) for name, _ in kind.test_list])
        filename, md5 = save(kind.meta["filename"], {key: names})
        monkeypatch.setattr(kind, "meta", {"filename": filename, "key": key, "md5": md5})
        return tmp_path / "cifar"

    return write


@pytest.fixture
def fake_fashion(tmp_path: Path) -> Path:
    """Fashion-MNIST of four training images and one test image a class."""
    rng = np.random.default_rng(2)
    folder = tmp_path / "fashion" / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for part, count in (("train", 40), ("t10k", 10)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = np.arange(count, dtype=np.uint8) % 10
        header = np.array([2051, count, 28, 28], dtype=">i4").tobytes()
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        header = np.array([2049, count], dtype=">i4").tobytes()
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(header + labels.tobytes())
    return tmp_path / "fashion"


@pytest.fixture
def fake_imagenet(paint: Paint) -> Path:
    """ImageNet of three classes, with six training and two validation images each."""
    wnids = ("n01440764", "n01443537", "n02119789")
    paint(*(f"imagenet/train/{wnid}" for wnid in wnids), count=6, size=(40, 30), suffix="JPEG")
    return paint(*(f"imagenet/val/{wnid}" for wnid in wnids), count=2, size=(30, 40), suffix="JPEG")


@pytest.fixture
def fake_coco(paint: Paint) -> Path:
    """20 images in COCO's format with 0, 1 or 2 boxes of two classes."""
    folder = paint("cells/train", count=20, size=(24, 16))
    corners = [[1, 2, 8, 6], [10.5, 3, 12, 12]]
    boxes = [(image, box) for image in range(20) for box in range(image % 3)]
    content = {
        "images": [{"id": one, "file_name": f"{one:03}.png", "width": 24, "height": 16} for one in range(20)],
        "annotations": [
            {"id": number, "image_id": image, "category_id": box + 1, "bbox": corners[box]}
            for number, (image, box) in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": "round"}, {"id": 2, "name": "long"}],
    }
    (folder / "train.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def draw(tmp_path: Path) -> Callable[[Iterable[str], Sequence[int]], None]:
    """Writes masks of random labels, 24 x 16 pixels, under ``tmp_path``."""
    rng = np.random.default_rng(3)

    def write(names: Iterable[str], labels: Sequence[int]) -> None:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.choice(np.array(labels, np.uint8), (16, 24))).save(path)

    return write


@pytest.fixture
def fake_masks(paint: Paint, draw: Callable[[Iterable[str], Sequence[int]], None]) -> Path:
    """20 images with masks of three classes."""
    root = paint("streets/images", count=20, size=(24, 16))
    draw((f"streets/masks/{number:03}.png" for number in range(20)), (0, 1, 2, 255))
    return root


@pytest.fixture
def fake_voc(paint: Paint, draw: Callable[[Iterable[str], Sequence[int]], None]) -> Path:
    """PASCAL VOC of 15 training and 4 validation images."""
    root = paint("VOC2012/JPEGImages", count=19, size=(24, 16), suffix="jpg")
    draw((f"VOC2012/SegmentationClass/{number:03}.png" for number in range(19)), (*range(21), 255))
    lists = root / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    for split, numbers in (("train", range(15)), ("val", range(15, 19))):
        (lists / f"{split}.txt").write_text("".join(f"{number:03}\n" for number in numbers))
    return root


@pytest.fixture
def fake_cityscapes(paint: Paint, draw: Callable[[Iterable[str], Sequence[int]], None]) -> Path:
    """Cityscapes of 15 training and 4 validation images."""
    for split, count in (("train", 15), ("val", 4)):
        folder = paint("cityscapes", f"cityscapes/leftImg8bit/{split}/ulm", count=count, size=(24, 16))
        for number in range(count):
            place = folder / "leftImg8bit" / split / "ulm"
            (place / f"{number:03}.png").rename(place / f"ulm_{number:03}_leftImg8bit.png")
        masks = (f"cityscapes/gtFine/{split}/ulm/ulm_{number:03}_gtFine_labelIds.png" for number in range(count))
        draw(masks, (*range(34), 255))
    return folder
