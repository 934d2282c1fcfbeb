"""The splits of images with masks, by the names of their folders."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobilenas.data.dense import read_mask_folders


@pytest.fixture
def make(save: Any, tmp_path: Path) -> Any:
    """Writes an image and a mask, whose largest label is given, for each split; an empty name is no split."""

    def write(**splits: int) -> Path:
        for split, label in splits.items():
            folder = "" if split == "flat" else f"/{split}"
            save(f"images{folder}/{split}0.png", np.zeros((2, 2, 3), np.uint8))
            save(f"masks{folder}/{split}0.png", np.array([[0, 1], [label, 255]], np.uint8))
        return tmp_path

    return write


def test_each_split_has_its_images_and_the_classes_of_the_training_masks(make: Any) -> None:
    found = read_mask_folders(make(train=2, val=1, test=2))
    assert list(found) == ["train", "val", "test"]
    assert [listing.names for listing in found.values()] == [("train0.png",), ("val0.png",), ("test0.png",)]
    assert {listing.classes for listing in found.values()} == {("class 0", "class 1", "class 2")}


def test_a_label_that_only_another_split_has_is_refused(make: Any) -> None:
    found = read_mask_folders(make(train=2, val=3))
    with pytest.raises(ValueError, match=r"val0\.png has pixels of the label 3"):
        found["val"].original(0)


def test_folders_without_splits_are_for_training(make: Any) -> None:
    found = read_mask_folders(make(flat=1))
    assert list(found) == ["train"]
    assert found["train"].names == ("flat0.png",)


def test_a_file_names_the_classes(make: Any) -> None:
    root = make(train=1, test=2)
    (root / "classes.txt").write_text("sky\nroad\n tree \n", "utf-8")
    assert {listing.classes for listing in read_mask_folders(root).values()} == {("sky", "road", "tree")}


def test_ignored_labels_are_those_that_are_given(make: Any) -> None:
    found = read_mask_folders(make(train=5), ignored=(5, 255))
    assert found["train"].classes == ("class 0", "class 1")
    assert found["train"].original(0)[1].tolist() == [[0, 1], [255, 255]]


@pytest.mark.parametrize(
    ("splits", "more", "sentence"),
    [
        ({}, [], r"needs the two folders images and masks"),
        ({"train": 1}, ["images/val"], r"masks has no folder val: images and masks need the same folders"),
        ({"train": 1}, ["masks/test"], r"images has no folder test"),
        ({"train": 1}, ["images/more"], r"images has a folder 'more' beside train"),
        ({"train": 1}, ["images/Validation"], r"if it is the split val, call it val"),
        ({"flat": 1}, ["images/training"], r"if it is the split train, call it train"),
        ({"val": 1, "test": 1}, [], r"has the folder val but not train: add the training images"),
    ],
)
def test_what_is_missing_or_in_the_way_is_said_in_one_line(
    make: Any, tmp_path: Path, splits: dict[str, int], more: list[str], sentence: str
) -> None:
    make(**splits)
    for folder in more:
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(ValueError, match=r"^[^\n]*\.$") as error:
        read_mask_folders(tmp_path)
    assert error.match(sentence)


def test_all_splits_of_black_and_white_masks_have_the_same_labels(tmp_path: Path) -> None:
    for split in ("train", "val"):
        for kind, pixels in (("images", np.zeros((4, 6, 3), np.uint8)), ("masks", np.full((4, 6), 255, np.uint8))):
            (tmp_path / kind / split).mkdir(parents=True)
            pixels[0] = 0
            Image.fromarray(pixels).save(tmp_path / kind / split / "a.png")
    found = read_mask_folders(tmp_path, ignored=())
    assert [one.labels for one in found.values()] == [(0, 255)] * 2
    assert set(found["val"].original(0)[1].unique().tolist()) == {0, 1}
