"""PASCAL VOC's masks, and that torchvision reads the same files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torchvision.datasets import VOCSegmentation

from mobilenas.data.dense import read_voc

LABELS = np.array([[0, 20, 255], [15, 1, 0]], np.uint8)


@pytest.fixture
def root(save: Any, tmp_path: Path) -> Path:
    """The folder above a VOCdevkit with two training images and one validation image."""
    for number in range(3):
        save(f"VOCdevkit/VOC2012/JPEGImages/2007_{number}.jpg", np.zeros((2, 3, 3), np.uint8))
        save(f"VOCdevkit/VOC2012/SegmentationClass/2007_{number}.png", LABELS, "P")
    lists = tmp_path / "VOCdevkit/VOC2012/ImageSets/Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2007_2\n2007_0\n")
    (lists / "val.txt").write_text("2007_1\n")
    return tmp_path


@pytest.mark.parametrize("below", ["", "VOCdevkit/VOC2012"])
@pytest.mark.parametrize("split", ["train", "val"])
def test_images_and_masks_are_those_of_torchvision(root: Path, below: str, split: str) -> None:
    listing, theirs = read_voc(root / below)[split], VOCSegmentation(root, "2012", split)
    assert [str(listing.images / name) for name in listing.names] == theirs.images
    assert [str(listing.masks / name) for name in listing.mask_names] == theirs.masks
    assert np.array_equal(listing.original(0)[1], np.array(theirs[0][1]))


def test_there_are_21_classes_and_an_ignored_border(root: Path) -> None:
    listing = read_voc(root)["train"]
    assert (len(listing.classes), listing.classes[0], listing.classes[15]) == (21, "background", "person")
    assert listing.original(0)[1].tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("train.txt", None, r"train\.txt cannot be read: No such file"),
        ("val.txt", "", r"val\.txt lists no images"),
        ("val.txt", "2007_9", r"JPEGImages lacks files that .*val\.txt lists: '2007_9\.jpg'"),
        ("val.txt", "../../x", r"val\.txt names the file '\.\./\.\./x', which is not a path within"),
        ("val.txt", "\x00", r"JPEGImages lacks files"),
        ("val.txt", "\xff", r"val\.txt cannot be read as a list of images"),
    ],
)
def test_a_wrong_list_is_refused_in_one_line(root: Path, name: str, text: str | None, sentence: str) -> None:
    path = root / "VOCdevkit/VOC2012/ImageSets/Segmentation" / name
    path.unlink() if text is None else path.write_text(text, "latin-1")
    with pytest.raises(ValueError, match=r"^[^\n]*\.$") as error:
        read_voc(root)
    assert error.match(sentence)


def test_a_missing_mask_is_refused(root: Path) -> None:
    (root / "VOCdevkit/VOC2012/SegmentationClass/2007_0.png").unlink()
    with pytest.raises(ValueError, match=r"SegmentationClass lacks files that .*train\.txt lists: '2007_0\.png'"):
        read_voc(root)


def test_one_year_must_be_chosen(root: Path) -> None:
    (root / "VOCdevkit/VOC2007/ImageSets").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"must have one folder of PASCAL VOC.*VOC2007, .*VOC2012: give the folder"):
        read_voc(root)
    with pytest.raises(ValueError, match=r"but it has none"):
        read_voc(root / "VOCdevkit/VOC2012/JPEGImages")
