"""Cityscapes' masks against torchvision's table of classes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torchvision.datasets import Cityscapes

from mobilenas.data.dense import read_cityscapes


@pytest.fixture
def root(save: Any, tmp_path: Path) -> Path:
    """Two cities with an image each in both splits; the masks have all labels, and -1 as a byte."""
    labels = np.array([[*range(34), 255]] * 2, np.uint8)
    for split in ("train", "val"):
        for city in ("aachen", "ulm"):
            name = f"{split}/{city}/{city}_000000_000019"
            save(f"leftImg8bit/{name}_leftImg8bit.png", np.zeros((2, 35, 3), np.uint8))
            for kind in ("labelIds", "instanceIds", "color"):
                save(f"gtFine/{name}_gtFine_{kind}.png", labels)
    return tmp_path


@pytest.mark.parametrize("split", ["train", "val"])
def test_images_and_masks_are_those_of_torchvision(root: Path, split: str) -> None:
    listing, theirs = read_cityscapes(root)[split], Cityscapes(root, split, target_type="semantic")
    assert sorted(str(listing.images / name) for name in listing.names) == sorted(theirs.images)
    assert sorted(str(listing.masks / name) for name in listing.mask_names) == sorted(one[0] for one in theirs.targets)


def test_labels_become_the_train_ids_of_torchvision(root: Path) -> None:
    listing = read_cityscapes(root)["train"]
    train_ids = {one.id: one.train_id for one in Cityscapes.classes if one.id >= 0}
    assert listing.original(0)[1][0].tolist() == [*(train_ids[label] for label in range(34)), 255]
    names = {one.train_id: one.name for one in Cityscapes.classes}
    assert listing.classes == tuple(names[label] for label in range(19))


def test_an_image_without_its_mask_is_named(root: Path) -> None:
    (root / "gtFine/val/ulm/ulm_000000_000019_gtFine_labelIds.png").unlink()
    with pytest.raises(ValueError, match=r"val has images without a mask .*: 'ulm/ulm_000000_000019_leftImg8bit\.png'"):
        read_cityscapes(root)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"There is no folder .*leftImg8bit/train: correct data\.root, or add the folder\.$"
    ):
        read_cityscapes(tmp_path)
