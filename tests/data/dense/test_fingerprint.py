"""What makes annotated images other ones: their annotations, their splits and their size, and not where they lie."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobilenas.data import Coco, MaskFolders, TaskData, image_folder
from mobilenas.data.dense import DenseAugment
from mobilenas.data.dense.dense_data import DenseData

SPLITS = ("train", "search", "test")
COMMON: dict[str, Any] = {"search_images": 0.2, "test_share": 0.2, "split_seed": 0, "workers": 0}

Change = Callable[[Any], None]


def boxes(root: Path, **changes: Any) -> DenseData:
    settings = {"resolution": (16, 24), "augment": DenseAugment(flip=True)} | COMMON | changes
    return Coco(root=str(root), **settings).load()


def masks(root: Path, **changes: Any) -> DenseData:
    settings = {"resolution": (16, 24), "augment": DenseAugment(flip=True)} | COMMON | changes
    return MaskFolders(root=str(root), **settings).load()


@pytest.fixture(params=["boxes", "masks"])
def load(request: pytest.FixtureRequest) -> Callable[..., DenseData]:
    """Reads images with boxes, or images with masks, from their folder or from another one."""
    of, fake = {"boxes": (boxes, "fake_coco"), "masks": (masks, "fake_masks")}[request.param]
    folder = request.getfixturevalue(fake)
    return lambda root=folder, **changes: of(root, **changes)


def folder_of(data: DenseData) -> Path:
    """The folder that the data were read from."""
    return data.listings["train"].files[0].parents[1]


# Settings that change what is trained on or tested on.
@pytest.mark.parametrize(
    "changes",
    [
        {"resolution": 16},
        {"resolution": (24, 16)},
        {"split_seed": 1},
        {"search_images": 3},
        {"test_share": 0.3},
        {"augment": DenseAugment()},
        {"normalization": "imagenet"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_another_setting_is_another_fingerprint(load: Callable[..., DenseData], changes: dict[str, Any]) -> None:
    assert load(**changes).fingerprint != load().fingerprint


def test_two_given_normalizations_are_two_fingerprints(load: Callable[..., DenseData]) -> None:
    assert load(normalization="imagenet").fingerprint != load(normalization="inception").fingerprint


def test_the_number_of_processes_is_no_part_of_the_fingerprint(load: Callable[..., DenseData]) -> None:
    assert load(workers=3).fingerprint == load().fingerprint


def test_the_place_of_the_folder_is_no_part_of_the_fingerprint(load: Callable[..., DenseData], tmp_path: Path) -> None:
    moved = shutil.copytree(folder_of(load()), tmp_path / "elsewhere" / "other")
    assert load(moved).fingerprint == load().fingerprint


def edited(root: Path, change: Change) -> None:
    content = json.loads((root / "train.json").read_text())
    change(content)
    (root / "train.json").write_text(json.dumps(content))


# Changes of the annotation with the id 0, or of the classes.
@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["annotations"][0].update(bbox=[1, 2, 8, 6.5]),
        lambda content: content["annotations"][0].update(category_id=2),
        lambda content: content["annotations"][0].update(iscrowd=1),
        lambda content: content["annotations"].pop(0),
        lambda content: content["categories"][0].update(name="square"),
    ],
    ids=["box", "label", "crowd", "removed", "class"],
)
def test_another_annotation_is_another_fingerprint(fake_coco: Path, change: Change) -> None:
    before = boxes(fake_coco).fingerprint
    edited(fake_coco, change)
    assert boxes(fake_coco).fingerprint != before


@pytest.mark.parametrize("number", [0, 19])
def test_one_pixel_of_a_mask_is_another_fingerprint(fake_masks: Path, number: int) -> None:
    before = masks(fake_masks).fingerprint
    path = fake_masks / "masks" / f"{number:03}.png"
    labels = np.array(Image.open(path))
    labels[3, 5] = 0 if labels[3, 5] else 1
    Image.fromarray(labels).save(path)
    assert masks(fake_masks).fingerprint != before


def test_what_labels_of_masks_are_ignored_is_part_of_the_fingerprint(fake_masks: Path) -> None:
    assert masks(fake_masks, ignored=(0, 255)).fingerprint != masks(fake_masks).fingerprint


def test_another_name_of_an_image_is_another_fingerprint(fake_masks: Path) -> None:
    before = masks(fake_masks).fingerprint
    for folder in ("images", "masks"):
        (fake_masks / folder / "019.png").rename(fake_masks / folder / "020.png")
    assert masks(fake_masks).fingerprint != before


def test_the_state_changes_with_a_file_and_the_fingerprint_does_not(load: Callable[..., DenseData]) -> None:
    data = load()
    before = data.state
    assert load().state == before
    path = data.listings["test"].files[0]
    os.utime(path, ns=(0, 0))
    touched = load().state
    assert touched != before
    Image.new("RGB", (24, 16)).save(path)
    assert load().state not in (before, touched)
    assert load().fingerprint == data.fingerprint


def seen(data: TaskData, other: TaskData) -> list[int]:
    return [data.seen(split, other.marks(SPLITS)) for split in SPLITS]


def test_images_are_known_again_in_another_folder_and_of_another_size(
    load: Callable[..., DenseData], tmp_path: Path
) -> None:
    data = load()
    moved = load(shutil.copytree(folder_of(data), tmp_path / "elsewhere"), resolution=8, split_seed=1)
    assert seen(data, moved) == [12, 4, 4] == list(data.sizes.values())


def test_the_splits_have_no_image_in_common(load: Callable[..., DenseData]) -> None:
    data = load()
    assert len(data.marks(SPLITS)) == 20 == sum(len(data.marks([split])) for split in SPLITS)
    assert data.seen("test", data.marks(["train", "search"])) == 0


def test_an_image_is_known_again_among_images_with_a_class(fake_masks: Path, tmp_path: Path) -> None:
    """Weights that were trained on photos with a class have seen them with a mask, too."""
    for number in range(20):
        place = tmp_path / "photos" / "ab"[number % 2] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fake_masks / "images" / f"{number:03}.png", place)
    photos = image_folder(str(tmp_path / "photos"), 16)
    assert seen(masks(fake_masks), photos) == [12, 4, 4]


def test_the_splits_are_the_same_with_fewer_training_images(load: Callable[..., DenseData]) -> None:
    data = load()
    few, share = data.with_train_images(5), data.with_train_images(0.5)
    assert few.sizes == {"train": 5, "search": 4, "test": 4} and share.sizes["train"] == 6
    assert [few.listings[split] for split in SPLITS[1:]] == [data.listings[split] for split in SPLITS[1:]]
    assert set(few.listings["train"].names) < set(share.listings["train"].names) < set(data.listings["train"].names)
    assert data.with_train_images(5).fingerprint == few.fingerprint != data.fingerprint
    assert data.with_train_images(12).fingerprint == data.fingerprint


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (13, r"train_images=13: 13 of 12 images cannot be drawn; choose a number from 1 to 12\.$"),
        (0, r"train_images=0: 0 of 12 images cannot be drawn; choose a number from 1 to 12\.$"),
        (0.01, r"train_images=0\.01: 0 of 12 images cannot be drawn; choose a number from 1 to 12\.$"),
        (2.5, r"train_images must be a whole number or a share below 1, not 2\.5\.$"),
    ],
)
def test_training_images_that_are_not_there_are_refused(
    load: Callable[..., DenseData], images: float, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        load().with_train_images(images)
