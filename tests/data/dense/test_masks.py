"""Images with masks in two folders."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mobilenas.data.dense import read_masks

RGB = np.zeros((4, 6, 3), np.uint8)
LABELS = np.array([[0, 1, 3, 255, 0, 0]] * 4, np.uint8)


@pytest.fixture
def pair(save: Any, tmp_path: Path) -> tuple[Path, Path]:
    """Two images and their masks, one of them in a folder, with the labels 0, 1 and 3."""
    for name, ending in (("b", "jpg"), ("deep/a", "PNG")):
        save(f"images/{name}.{ending}", RGB)
        save(f"masks/{name}.png", LABELS)
    return tmp_path / "images", tmp_path / "masks"


def test_images_and_masks_of_the_same_names_are_pairs(pair: tuple[Path, Path]) -> None:
    listing = read_masks(*pair)
    assert listing.names == ("b.jpg", "deep/a.PNG")
    assert listing.mask_names == ("b.png", "deep/a.png")
    image, mask = listing.original(1)
    assert image.size == (6, 4)
    assert mask[0].tolist() == [0, 1, 3, 255, 0, 0]


def test_the_largest_label_that_is_not_ignored_is_the_last_class(pair: tuple[Path, Path]) -> None:
    assert read_masks(*pair).classes == ("class 0", "class 1", "class 2", "class 3")
    assert read_masks(*pair, ignored=(3, 255)).classes == ("class 0", "class 1")


def test_an_ignored_label_is_255_in_the_mask(pair: tuple[Path, Path]) -> None:
    assert read_masks(*pair, ignored=(1, 255)).original(0)[1][0].tolist() == [0, 255, 3, 255, 0, 0]


def test_given_classes_must_cover_all_labels(pair: tuple[Path, Path]) -> None:
    assert read_masks(*pair, classes=tuple("abcd")).classes == ("a", "b", "c", "d")
    with pytest.raises(ValueError, match=r"b\.png has pixels of the label 3, which is neither one of the 3 classes"):
        read_masks(*pair, classes=tuple("abc")).original(0)


@pytest.mark.parametrize("name", ["images/.b.png", "images/.thumbnails/x.png", "masks/@eaDir/b.png", "masks/__x/y.png"])
def test_hidden_files_are_left_out(pair: tuple[Path, Path], save: Any, name: str) -> None:
    save(name)
    assert read_masks(*pair).names == ("b.jpg", "deep/a.PNG")


@pytest.mark.parametrize(
    ("removed", "sentence"),
    [
        ("masks/deep/a.png", r"images has images without a mask \(a PNG of the same name\) in .*masks: 'deep/a\.PNG';"),
        ("images/b.jpg", r"masks has masks without an image of the same name in .*images: 'b\.png';"),
    ],
)
def test_what_lacks_its_counterpart_is_named(pair: tuple[Path, Path], removed: str, sentence: str) -> None:
    (pair[0].parent / removed).unlink()
    with pytest.raises(ValueError, match=rf"^[^\n]*{sentence}[^\n]*$"):
        read_masks(*pair)


def test_up_to_three_names_are_named(pair: tuple[Path, Path], save: Any) -> None:
    for name in "cdefg":
        save(f"images/{name}.png", RGB)
    with pytest.raises(ValueError, match=r": 'c\.png', 'd\.png', 'e\.png' and 2 more; add the masks"):
        read_masks(*pair)


def test_two_images_that_share_a_mask_are_refused(pair: tuple[Path, Path], save: Any) -> None:
    save("images/b.bmp", RGB)
    with pytest.raises(ValueError, match=r"has b\.bmp and b\.jpg: names must differ in more than their endings"):
        read_masks(*pair)


def test_a_mask_of_another_size_than_its_image_is_refused(pair: tuple[Path, Path], save: Any) -> None:
    save("masks/b.png", LABELS[:3])
    with pytest.raises(ValueError, match=r"b\.jpg is 6 x 4 pixels large, but its mask .*b\.png is 6 x 3"):
        read_masks(*pair).original(0)


def test_a_photo_that_its_exif_turns_does_not_fit_a_mask_of_the_stored_pixels(pair: tuple[Path, Path]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).save(pair[0] / "b.jpg", exif=exif)
    with pytest.raises(
        ValueError, match=r"is 4 x 6 pixels large \(images are turned as their EXIF says\), but its mask"
    ):
        read_masks(*pair).original(0)


@pytest.mark.parametrize("value", [0, 254, 255])
def test_masks_without_two_classes_are_refused(tmp_path: Path, save: Any, value: int) -> None:
    save("images/a.png", RGB)
    save("masks/a.png", np.array([[0, value]], np.uint8))
    with pytest.raises(ValueError, match=r"^The masks in [^\n]* have the labels 0.*need the labels 0, 1, 2 and so on"):
        read_masks(tmp_path / "images", tmp_path / "masks")


@pytest.mark.parametrize("count", [0, 1, 255])
def test_there_must_be_2_to_254_classes(pair: tuple[Path, Path], count: int) -> None:
    with pytest.raises(
        ValueError, match=rf"there must be 2 to 254 classes, not {count}: correct the lines of classes.*\.$"
    ):
        read_masks(*pair, classes=[str(label) for label in range(count)])


@pytest.mark.parametrize("label", [-1, 256])
def test_an_ignored_label_must_fit_into_a_byte(pair: tuple[Path, Path], label: int) -> None:
    with pytest.raises(ValueError, match=rf"the label {label} must be from 0 to 255"):
        read_masks(*pair, ignored=(label,))


def test_empty_and_missing_folders_are_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty has no images \(\.jpg"):
        read_masks(tmp_path / "empty", pair[1])
    with pytest.raises(ValueError, match=r"There is no folder .*none: correct data\.root, or add the folder\.$"):
        read_masks(pair[0], tmp_path / "none")


def test_black_and_white_masks_have_two_classes_if_white_is_not_ignored(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    mask = np.zeros((6, 8), np.uint8)
    mask[:, 5:] = 255
    Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(tmp_path / "images/a.png")
    Image.fromarray(mask).save(tmp_path / "masks/a.png")
    listing = read_masks(tmp_path / "images", tmp_path / "masks", ignored=())
    _, found = listing.original(0)
    assert (listing.classes, found.tolist()) == (("class 0", "class 255"), (mask // 255).tolist())
    named = read_masks(tmp_path / "images", tmp_path / "masks", ["ground", "crack"], ignored=())
    assert (named.classes, named.labels) == (("ground", "crack"), (0, 255))
    with pytest.raises(ValueError, match=r"black and white masks, of 0 and 255 alone, need data\.ignored=\[\]"):
        read_masks(tmp_path / "images", tmp_path / "masks")
