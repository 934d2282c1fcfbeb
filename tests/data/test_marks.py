"""Marks by which an image is known again."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data import Augment, Digits, ImageData, image_folder
from mobilenas.data.images import MemoryImages
from mobilenas.data.marks import NO_MARKS, in_text, marks_in, marks_of, together

Paint = Callable[..., Path]
SPLITS = ("train", "search", "test")


def _data(root: Path, in_memory: bool = False) -> ImageData:
    return image_folder(str(root), 8, in_memory=in_memory)


@pytest.mark.parametrize("in_memory", [False, True])
def test_files_are_known_again_in_another_folder_and_class_and_of_another_size(paint: Paint, in_memory: bool) -> None:
    data = _data(paint("photos/a", "photos/b", count=20), in_memory)
    moved = Path(data.images.files_of([0])[0]).parents[2] / "elsewhere"
    for path in map(Path, data.images.files_of(range(40))):
        place = moved / ("x" if path.parent.name == "b" else "y") / f"new_{path.name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    again = image_folder(str(moved), 12)
    assert [data.seen(split, again.marks(SPLITS)) for split in SPLITS] == [data.sizes[split] for split in SPLITS]


def test_images_whose_ends_are_alike_are_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for ending in ("bmp", "ppm", "tif"):
        root = tmp_path / ending
        for label in "ab":
            (root / label).mkdir(parents=True)
            for number in range(20):
                pixels = np.full((64, 64, 3), 255, np.uint8)
                pixels[8:24] = rng.integers(0, 256, (16, 64, 3))  # the margin is a common one
                Image.fromarray(pixels).save(root / label / f"{number}.{ending}")
        data = _data(root)
        assert len(data.marks(SPLITS)) == 40
        assert data.seen("test", data.marks(["train", "search"])) == 0


def test_a_data_set_in_memory_is_known_again_at_another_resolution_and_with_fewer_classes() -> None:
    common = {"augment": Augment(), "search_images": 0.2, "test_share": 0.2, "split_seed": 0, "workers": 0}
    whole = Digits(resolution=8, classes=None, **common).load()
    few = Digits(resolution=12, classes=3, **common).load()
    assert sum(few.seen(split, whole.marks(SPLITS)) for split in SPLITS) == sum(few.sizes.values())
    assert few.seen("test", whole.marks(["test"])) < few.sizes["test"]  # another split


def test_other_photos_of_the_same_names_are_others(paint: Paint) -> None:
    one, other = _data(paint("one/a", "one/b", count=20)), paint("other/a", "other/b", count=20)
    for path in sorted(other.rglob("*.png")):
        twin = Path(one.images.files_of([0])[0]).parents[1] / path.relative_to(other)
        size = twin.stat().st_size
        path.write_bytes(twin.read_bytes()[: size - 40] + bytes(reversed(twin.read_bytes()[-40:])))  # of the same size
    assert len(_data(other).marks(SPLITS)) == 40
    assert [one.seen(split, _data(other).marks(SPLITS)) for split in SPLITS] == [0, 0, 0]


def test_the_splits_of_a_folder_are_disjoint(paint: Paint) -> None:
    data = _data(paint("photos/a", "photos/b", count=20))
    assert len(data.marks(SPLITS)) == 40 == sum(len(data.marks([split])) for split in SPLITS)
    assert data.seen("test", data.marks(["train", "search"])) == 0
    assert data.seen("test", NO_MARKS) == 0


def test_images_in_memory_are_known_by_their_pixels() -> None:
    pixels = torch.randint(0, 256, (9, 3, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    one, turned = MemoryImages(pixels, torch.zeros(9)), MemoryImages(pixels.flip(0), torch.zeros(9))
    assert marks_of(one.contents([0, 1])).tolist() == marks_of(turned.contents([8, 7])).tolist()
    assert not set(marks_of(one.contents([0, 1])).tolist()) & set(marks_of(turned.contents([0, 1])).tolist())


def test_marks_are_the_same_after_writing_and_together_each_once() -> None:
    one, other = (marks_of(str(number).encode() for number in range(*ends)) for ends in ((0, 50), (30, 80)))
    assert np.array_equal(marks_in(in_text(one)), one) and not len(marks_in(in_text(NO_MARKS)))
    assert together(one, other).tolist() == sorted({*one.tolist(), *other.tolist()})
    assert len(together(one, other)) == 80 and not len(together())


@pytest.mark.parametrize("text", ["abc", "*" * 12, "AAAA"])
def test_damaged_marks_are_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="the marks of its training images are damaged"):
        marks_in(text)
