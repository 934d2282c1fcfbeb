"""Random changes to one image, against their definitions."""

import pytest
import torch
from PIL import Image
from torch import Tensor

from mobilenas.data import Augment
from mobilenas.data.changes import Cutout

IMAGE = torch.arange(1, 1 + 3 * 8 * 8, dtype=torch.uint8).view(3, 8, 8)
GREY = (0.5, 0.5, 0.5)


def draws(augment: Augment, count: int = 60) -> list[Tensor]:
    torch.manual_seed(0)
    change = augment.build(8, GREY)
    return [change(IMAGE) for _ in range(count)]


def test_no_augmentation_changes_nothing() -> None:
    assert torch.equal(Augment().build(8, GREY)(IMAGE), IMAGE)


def test_padding_crops_every_window_of_the_padded_image() -> None:
    padded = torch.zeros(3, 10, 10, dtype=torch.uint8)
    padded[:, 1:9, 1:9] = IMAGE
    windows = [padded[:, top : top + 8, left : left + 8] for top in range(3) for left in range(3)]
    seen = {
        next(i for i, window in enumerate(windows) if torch.equal(window, image)) for image in draws(Augment(padding=1))
    }
    assert seen == set(range(9))


def test_flip_mirrors_left_and_right() -> None:
    seen = [torch.equal(image, IMAGE.flip(2)) for image in draws(Augment(flip=True))]
    assert 10 < sum(seen) < 50
    assert sum(torch.equal(image, IMAGE) for image in draws(Augment(flip=True))) == len(seen) - sum(seen)


def test_cutout_hides_a_square_that_may_stick_out() -> None:
    areas = set()
    for image in draws(Augment(cutout=4)):
        hidden = (image == 128).all(0) & (image != IMAGE).any(0)
        rows, columns = torch.nonzero(hidden.any(1)).flatten(), torch.nonzero(hidden.any(0)).flatten()
        height, width = (int(side[-1] - side[0]) + 1 for side in (rows, columns))
        assert 2 <= height <= 4
        assert 2 <= width <= 4
        assert hidden.sum() == height * width
        assert torch.equal(image[:, ~hidden], IMAGE[:, ~hidden])
        areas.add(height * width)
    assert 16 in areas
    assert len(areas) > 1


def test_cutout_leaves_its_input_alone() -> None:
    before = IMAGE.clone()
    Cutout(4, GREY)(IMAGE)
    assert torch.equal(IMAGE, before)


def test_min_area_crops_an_image_of_any_size_to_the_resolution() -> None:
    photo = Image.new("RGB", (50, 30), (10, 20, 30))
    changed = Augment(min_area=0.08, flip=True).build(16, GREY)(photo)
    assert changed.shape == (3, 16, 16)
    assert changed.flatten(1).unique(dim=1).flatten().tolist() == [10, 20, 30]


@pytest.mark.parametrize("setting", [{"min_area": 0.0}, {"min_area": 1.5}, {"padding": -1}, {"cutout": -1}])
def test_settings_out_of_range_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"^Augment: {next(iter(setting))} must be"):
        Augment(**setting)
