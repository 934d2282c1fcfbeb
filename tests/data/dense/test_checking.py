"""Annotated images are read before a run begins: what they are, and what is wrong with them, in one sentence."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobilenas.data import Coco, MaskFolders
from mobilenas.data.dense import DenseAugment
from mobilenas.data.dense.checking import check_scored
from mobilenas.data.dense.dense_data import DenseData

COMMON: dict[str, Any] = {
    "resolution": (16, 24),
    "augment": DenseAugment(),
    "search_images": 0.2,
    "test_share": 0.2,
    "split_seed": 0,
    "workers": 0,
}


def boxes(root: Path) -> DenseData:
    return Coco(root=str(root), **COMMON).load()


def masks(root: Path) -> DenseData:
    return MaskFolders(root=str(root), **COMMON).load()


def refused(data: DenseData, *words: str) -> None:
    """The images are refused in one sentence that has these words."""
    with pytest.raises(ValueError, match=r"^[^\n]*\.$") as error:
        data.check_images()
    for one in words:
        assert one in str(error.value)


def test_the_line_says_what_the_data_are(fake_coco: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "mobilenas"):
        boxes(fake_coco).check_images()
    assert caplog.messages == ["cells: 2 classes, 16 x 24 px, 12 train, 4 search, 4 test images in files"]


def test_the_line_counts_the_boxes_that_are_left_out(fake_coco: Path) -> None:
    content = json.loads((fake_coco / "train.json").read_text())
    for number, box in enumerate(([30, 2, 4, 4], [-9, -9, 4, 4], [3, 3, 0, 4])):
        content["annotations"].append({"id": 100 + number, "image_id": number, "category_id": 1, "bbox": box})
    (fake_coco / "train.json").write_text(json.dumps(content))
    said = boxes(fake_coco).summary()
    assert said.endswith("; left out: 1 boxes without area, 2 boxes outside their image")


def test_copies_in_two_splits_are_told(fake_masks: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = {split: masks(fake_masks).listings[split].files[0] for split in ("train", "test")}
    shutil.copyfile(files["train"], files["test"])
    masks(fake_masks).check_images()
    (said,) = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert said.startswith(
        f"streets: 2 files are copies of a file in another split, for example {files['train']} in train and"
        f" {files['test']} in test: "
    )


@pytest.mark.parametrize("split", ["train", "search", "test"])
def test_an_unreadable_image_of_any_split_is_named(fake_coco: Path, split: str) -> None:
    path = boxes(fake_coco).listings[split].files[1]
    path.write_bytes(path.read_bytes()[:60])
    refused(boxes(fake_coco), str(path))


def test_an_unreadable_mask_is_named(fake_masks: Path) -> None:
    (fake_masks / "classes.txt").write_text("sky\nroad\ncar\n")  # without names the masks are read for their labels
    path = fake_masks / "masks" / "007.png"
    path.write_bytes(b"no image")
    refused(masks(fake_masks), str(path), "cannot be read as a mask")


def test_a_label_without_a_class_is_named(fake_masks: Path) -> None:
    (fake_masks / "classes.txt").write_text("sky\nroad\n")
    refused(masks(fake_masks), "has pixels of the label 2", "neither one of the 2 classes nor ignored")


def test_an_image_of_another_size_than_its_annotations_is_named(fake_coco: Path) -> None:
    Image.new("RGB", (20, 16)).save(fake_coco / "train" / "003.png")
    refused(boxes(fake_coco), "003.png is 20 x 16 pixels large", "its annotations are for 24 x 16")


def test_an_image_of_another_size_than_its_mask_is_named(fake_masks: Path) -> None:
    Image.new("RGB", (16, 24)).save(fake_masks / "images" / "003.png")
    refused(masks(fake_masks), "003.png is 16 x 24 pixels large (images are turned as their EXIF says)", "24 x 16")


def test_masks_of_one_class_alone_are_refused_and_a_class_without_pixels_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for split in ("train", "val", "test"):
        for kind, pixels in (("images", np.zeros((4, 6, 3), np.uint8)), ("masks", np.full((4, 6), 255, np.uint8))):
            (tmp_path / kind / split).mkdir(parents=True)
            pixels[0] = 0
            Image.fromarray(pixels).save(tmp_path / kind / split / "a.png")
    (tmp_path / "classes.txt").write_text("ground\ncrack")
    with pytest.raises(ValueError, match=r"have pixels of 1 of the 2 classes, and all others are ignored"):
        masks(tmp_path).check_images()
    mask = np.zeros((4, 6), np.uint8)
    mask[2] = 1
    Image.fromarray(mask).save(tmp_path / "masks/train/a.png")
    (tmp_path / "classes.txt").write_text("ground\ncrack\nmoss")
    masks(tmp_path).check_images()
    assert "the training masks have no pixel of moss: nothing can be learned there." in caplog.text


def test_training_images_without_an_object_are_refused(fake_coco: Path) -> None:
    path = fake_coco / "train.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"annotations": []}))
    refused(boxes(fake_coco), "cells: the training images have no object", "nothing can be learned")


def test_boxes_in_shares_of_the_image_are_refused(fake_coco: Path) -> None:
    path = fake_coco / "train.json"
    content = json.loads(path.read_text())
    for one in content["annotations"]:
        one["bbox"] = [0.1, 0.2, 0.5, 0.4]
    path.write_text(json.dumps(content))
    refused(boxes(fake_coco), "training boxes are smaller than a pixel", "not in shares")


def test_a_split_in_which_nothing_counts_is_refused_or_told(caplog: pytest.LogCaptureFixture) -> None:
    check_scored({"train": 5, "search": 0, "test": 1}, "masks", "streets")
    assert "the split search has no pixel that counts" in caplog.text
    with pytest.raises(ValueError, match=r"streets: the split test has no pixel that counts, so that nothing can be"):
        check_scored({"train": 5, "search": 5, "test": 0}, "masks", "streets")
    with pytest.raises(ValueError, match=r"cells: the split test has no object, so that nothing can be scored"):
        check_scored({"train": 5, "search": 5, "test": 0}, "boxes", "cells")
