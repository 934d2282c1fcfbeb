"""The line that says what the data are, and files that are in two splits."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mobilenas.data import image_folder
from mobilenas.data.copies import copies_in

Paint = Callable[..., Path]


def test_the_line_says_what_was_left_out_and_why(paint: Paint) -> None:
    root = paint("photos/train/a", "photos/train/b", "photos/test/a", "photos/test/b", count=5)
    paint("photos/train/a/.ipynb_checkpoints", "photos/test/b/__MACOSX", count=2)
    for name in ("train/a/._000.png", "train/a/notes.txt", "train/b/film.mp4", "test/loose.png", "train/.DS_Store"):
        (root / name).write_text("")
    assert image_folder(str(root), 8).summary() == (
        "photos: 2 classes, 8 px, 8 train, 2 search, 10 test images in memory; left out: 2 files of other"
        " kinds, 1 files outside the folders of the classes, 2 hidden files, 2 hidden folders"
    )


def test_nothing_is_said_where_nothing_is_left_out(paint: Paint) -> None:
    assert image_folder(str(paint("photos/a", "photos/b", count=5)), 8).summary().endswith(" test images in memory")


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("resolution", [8, 128])
def test_copies_in_two_splits_are_told_with_their_number_and_an_example(
    paint: Paint, resolution: int, known: bool, caplog: pytest.LogCaptureFixture
) -> None:
    root = paint(*(f"photos/{split}/{name}" for split in ("train", "val", "test") for name in "ab"), count=5)
    shutil.copy(root / "train" / "a" / "001.png", root / "test" / "b" / "other.png")
    shutil.copy(root / "train" / "a" / "001.png", root / "val" / "a" / "third.png")
    with caplog.at_level(logging.INFO, "mobilenas"):
        image_folder(str(root), resolution).check_images(known)
    (said,) = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert said.startswith(
        f"photos: 3 files are copies of a file in another split, for example {root}/train/a/001.png in train and"
        f" {root}/val/a/third.png in search: "
    )


def test_copies_within_a_split_are_not_told(paint: Paint, caplog: pytest.LogCaptureFixture) -> None:
    root = paint(*(f"photos/{split}/{name}" for split in ("train", "val", "test") for name in "ab"), count=5)
    shutil.copy(root / "train" / "a" / "001.png", root / "train" / "a" / "again.png")
    image_folder(str(root), 8).check_images()
    assert not [one for one in caplog.records if one.levelno == logging.WARNING]


def test_files_of_equal_size_are_compared_by_content_and_others_are_not_opened(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    end = rng.bytes(5_000)
    contents = {"a": b"0" + end, "b": b"1" + end, "c": b"0" + end, "d": b"2" + end[::-1]}
    files = [tmp_path / name for name in [*contents, "pipe"]]
    for file in files[:-1]:
        file.write_bytes(contents[file.name])
    os.mkfifo(files[-1])  # whoever opens it waits for ever; its size is 0
    said = copies_in({"train": files[:2], "search": files[4:], "test": files[2:4]})
    assert said.startswith(
        f"2 files are copies of a file in another split, for example {files[0]} in train and {files[2]}"
    )
