"""The three layouts of an image folder, and what is wrong with others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data import Augment, ImageData, image_folder

Paint = Callable[..., Path]
Hashes = Callable[..., list[str]]


def read(root: Path, **changes: Any) -> ImageData:
    settings: dict[str, Any] = {
        "resolution": 12,
        "augment": Augment(),
        "search_images": 0.2,
        "test_share": 0.2,
        "split_seed": 0,
        "center_share": 1.0,
        "in_memory": "auto",
        "workers": 0,
    }
    return image_folder(str(root), **settings | changes)


def pixels(folder: Path) -> set[bytes]:
    """Content of all the images in a folder, as they are in memory at their own size."""
    return {np.asarray(Image.open(file)).transpose(2, 0, 1).tobytes() for file in folder.rglob("*.png")}


def split_pixels(data: ImageData, split: str) -> set[bytes]:
    return {image.numpy().tobytes() for image in data.images.centered(data.splits[split].tolist())}


def test_folders_of_their_own_are_the_splits(paint: Paint) -> None:
    root = paint(*(f"photos/{split}/{name}" for split in ("train", "val", "test") for name in "ab"), count=3)
    data = read(root)
    assert data.classes == ("a", "b")
    for split, folder in (("train", "train"), ("search", "val"), ("test", "test")):
        assert split_pixels(data, split) == pixels(root / folder)


def test_without_val_the_search_split_is_taken_from_train(paint: Paint) -> None:
    paint("photos/train/a", "photos/train/b", count=10)
    root = paint("photos/test/a", "photos/test/b", count=4)
    data = read(root)
    assert data.sizes == {"train": 16, "search": 4, "test": 8}
    assert split_pixels(data, "test") == pixels(root / "test")
    assert split_pixels(data, "train") | split_pixels(data, "search") == pixels(root / "train")
    assert not split_pixels(data, "train") & split_pixels(data, "search")


def test_classes_alone_are_split_in_three(paint: Paint) -> None:
    paint("photos/a", count=10)
    root = paint("photos/b", count=20)
    data = read(root)
    assert data.sizes == {"train": 18, "search": 6, "test": 6}
    for split, counts in (("train", [6, 12]), ("search", [2, 4]), ("test", [2, 4])):
        assert torch.bincount(data.images.labels[data.splits[split]]).tolist() == counts
    parts = [split_pixels(data, split) for split in ("train", "search", "test")]
    assert sum(len(part) for part in parts) == len(set().union(*parts)) == 30
    assert set().union(*parts) == pixels(root)


def test_labels_are_those_of_the_folders(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", count=10)
    data = read(root)
    for split in ("train", "search", "test"):
        for position in data.splits[split].tolist():
            content = data.images.centered([position])[0].numpy().tobytes()
            assert content in pixels(root / data.classes[int(data.images.labels[position])])


def test_split_seed_alone_decides_the_split(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", count=10)
    torch.manual_seed(5)
    splits = [split_pixels(read(root, split_seed=seed), "search") for seed in (0, 0, 1)]
    assert splits[0] == splits[1] != splits[2]


def test_small_images_are_held_in_memory_and_large_ones_are_not(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", count=5)
    assert read(root, resolution=64).images.in_memory
    assert not read(root, resolution=65).images.in_memory
    assert read(root, resolution=65, in_memory=True).images.in_memory
    assert read(root, in_memory=False).normalization == read(root, in_memory=True).normalization


def test_files_and_memory_show_the_same_pixels(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", count=6, size=(31, 17))
    one, other = (read(root, in_memory=held, center_share=0.875) for held in (True, False))
    assert torch.equal(one.images.centered(range(12)), other.images.centered(range(12)))


def test_worker_processes_read_the_same_batches_from_files(paint: Paint, hashes: Hashes) -> None:
    root = paint("photos/a", "photos/b", count=8, size=(31, 17))
    data = read(root, in_memory=False, augment=Augment(min_area=0.3, flip=True))
    busy = replace(data, workers=2)
    assert hashes(data.train_loader(4, seed=0)) == hashes(busy.train_loader(4, seed=0))
    assert hashes(data.eval_loader("test", 3)) == hashes(busy.eval_loader("test", 2))


def test_fingerprint_follows_files_and_settings_but_not_the_place(paint: Paint, tmp_path: Path) -> None:
    root = paint("photos/a", "photos/b", count=6)
    first = read(root).fingerprint
    moved = root.rename(tmp_path / "moved")
    assert read(moved).fingerprint == first
    assert read(moved, center_share=0.9).fingerprint != first
    assert read(moved, in_memory=False).fingerprint != first
    (moved / "a" / "000.png").rename(moved / "a" / "other.png")
    assert read(moved).fingerprint != first


def test_hidden_files_and_folders_do_not_count(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", "photos/.cache", "photos/__MACOSX", count=6)
    (root / "a" / "._000.png").write_bytes(b"not an image")
    (root / "a" / "notes.txt").write_text("not an image")
    data = read(root)
    assert data.classes == ("a", "b")
    assert sum(data.sizes.values()) == 12


def test_images_in_nested_folders_belong_to_their_class(paint: Paint) -> None:
    root = paint("photos/a/monday", "photos/a/tuesday", "photos/b", count=5)
    assert torch.bincount(read(root).images.labels).tolist() == [10, 5]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^There is no folder {tmp_path}/nowhere; set data.root"):
        read(tmp_path / "nowhere")


def test_a_folder_without_classes_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^{tmp_path} has no folders; the images of each class"):
        read(tmp_path)


def test_a_class_without_images_is_named(paint: Paint) -> None:
    root = paint("photos/a", count=5)
    (root / "empty").mkdir()
    with pytest.raises(ValueError, match=f"^{root}/empty has no images"):
        read(root)


def test_a_class_that_one_split_lacks_is_named(paint: Paint) -> None:
    root = paint("photos/train/a", "photos/train/b", "photos/test/a", count=5)
    with pytest.raises(ValueError, match=f"^The class 'b' is in {root}/train but not in {root}/test;"):
        read(root)


@pytest.mark.parametrize("folders", [("train", "val"), ("train",), ("test", "val"), ("train", "test", "validation")])
def test_an_unknown_layout_is_named(paint: Paint, folders: tuple[str, ...]) -> None:
    root = paint(*(f"photos/{name}/a" for name in folders), count=5)
    with pytest.raises(ValueError, match=f"^{root} has the folders {', '.join(sorted(folders))}; it must have train,"):
        read(root)


def test_a_class_of_too_few_images_is_named(paint: Paint) -> None:
    paint("photos/a", count=9)
    root = paint("photos/rare", count=2)
    with pytest.raises(ValueError, match=r"^The split search is taken .*: Class 'rare' has too few images \(1\)"):
        read(root)


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_a_share_that_leaves_a_split_empty_is_refused(paint: Paint, share: float) -> None:
    root = paint("photos/a", "photos/b", count=5)
    with pytest.raises(ValueError, match=r"^The split test is taken .* of 10 images cannot be held out"):
        read(root, test_share=share)


@pytest.mark.parametrize(
    "setting",
    [
        {"center_share": 0.0},
        {"center_share": 1.1},
        {"test_share": 0.0},
        {"test_share": 1.0},
        {"search_images": 0},
        {"search_images": 2.5},
        {"search_images": 1.0},
        {"classes": 1},
        {"in_memory": "yes"},
        {"resolution": 0},
        {"workers": -1},
    ],
)
def test_settings_out_of_range_are_named(tmp_path: Path, setting: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^ImageFolder: {next(iter(setting))} must be"):
        read(tmp_path, **setting)


def test_the_home_folder_may_be_written_as_a_tilde(paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    root = paint("photos/a", "photos/b", count=5)
    monkeypatch.setenv("HOME", str(root.parent))
    assert read(Path("~/photos")).fingerprint == read(root).fingerprint


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (("Train/a", "Test/a"), "has a folder 'Test'. If it is the split test, call it test"),
        (("training/a", "validation/a"), "has a folder 'training'. If it is the split train, call it train"),
        (("a", "b", "Val"), "has a folder 'Val'. If it is the split val, call it val"),
        (("train_images/a", "test_images/a"), "has a folder 'test_images'. If it is the split test, call it test"),
        (("Training Data/a", "b"), "has a folder 'Training Data'. If it is the split train, call it train"),
        (("seg_train/a", "seg_test/a"), "has a folder 'seg_test'. If it is the split test, call it test"),
        (("train2017/a", "valset/a"), "has a folder 'train2017'. If it is the split train, call it train"),
        (("a/train", "a/test", "b/train", "b/test"), "photos/a has folders of splits: a split must be above its"),
    ],
)
def test_a_folder_that_may_be_a_split_is_not_taken_for_a_class(
    paint: Paint, tmp_path: Path, folders: tuple[str, ...], said: str
) -> None:
    paint(*(f"photos/{folder}" for folder in folders), count=3)
    with pytest.raises(ValueError, match=said):
        read(tmp_path / "photos")


def test_a_class_may_be_called_like_a_split(paint: Paint) -> None:
    folders = [f"photos/{split}/{name}" for split in ("train", "test") for name in ("train", "test")]
    assert read(paint(*folders, count=5)).classes == ("test", "train")


def test_a_class_may_have_a_word_of_a_split_in_its_name(paint: Paint) -> None:
    names = ("freight train", "test tube", "trainer", "valley")
    root = paint(*(f"photos/{name}" for name in names), "photos/trainer/test", count=10)
    assert read(root).classes == tuple(sorted(names))


def test_a_class_that_one_split_has_no_images_of_is_removed_from_all(paint: Paint) -> None:
    root = paint("photos/train/a", "photos/train/b", "photos/test/a", count=3)
    (root / "test" / "b").mkdir()
    said = f"^{root}/test/b has no images .*or remove {root}/train/b and {root}/test/b, because all splits must have"
    with pytest.raises(ValueError, match=said):
        read(root)


def test_images_in_hidden_folders_do_not_count_at_any_depth(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", "photos/a/indoors", count=5)
    paint(
        "photos/a/.ipynb_checkpoints", "photos/a/indoors/.cache/deep", "photos/b/__MACOSX", "photos/a/@eaDir", count=3
    )
    assert sum(read(root).sizes.values()) == 15
