"""Changes of an image with its mask, which must stay on each other."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from mobilenas.data.dense import DenseAugment, fixed_mask
from mobilenas.data.dense.changes import mask_changes
from tests.data.dense.drawn import GREY, around, bright, picture

BOX = (12, 8, 36, 28)
EVERYTHING = DenseAugment(flip=True, distort=True, min_scale=0.5, max_scale=2.0)


def mask_of(image: Image.Image) -> Tensor:
    """The label 1 where the image is white."""
    return torch.from_numpy(np.array(image.convert("L")) // 255)


def disagreeing(image: Tensor, mask: Tensor) -> int:
    """The number of pixels that are almost white without the label 1, or almost black with it."""
    white, black = bright(image), (image < 55).all(0)
    return int((white & (mask != 1)).sum() + (black & (mask == 1)).sum())


@pytest.mark.parametrize("size", [(40, 60), (20, 30), (80, 120), (23, 77)])
def test_evaluation_resizes_the_mask_without_new_labels(size: tuple[int, int]) -> None:
    mask = mask_of(picture(BOX)) * 7
    image, resized = fixed_mask(size)(picture(BOX), mask)
    assert (image.shape, resized.shape, resized.dtype) == ((3, *size), size, torch.uint8)
    assert set(resized.unique().tolist()) == {0, 7}
    assert around(resized == 7) == around(bright(image, 127))


def test_a_resized_mask_has_the_label_at_the_center_of_each_pixel() -> None:
    mask = torch.arange(9, dtype=torch.uint8).view(1, 9)
    _, third = fixed_mask((1, 3))(Image.new("RGB", (9, 1)), mask)
    assert third.tolist() == [[1, 4, 7]]


@pytest.mark.parametrize(
    "augment",
    [
        DenseAugment(),
        DenseAugment(flip=True),
        DenseAugment(min_scale=0.5, max_scale=2.0),
        DenseAugment(min_scale=2.0, max_scale=2.0),
        DenseAugment(min_scale=0.5, max_scale=0.5),
        DenseAugment(flip=True, min_scale=0.5, max_scale=2.0),
    ],
)
@pytest.mark.parametrize("size", [(40, 60), (33, 50)])
def test_image_and_mask_agree_after_all_changes(augment: DenseAugment, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    change = mask_changes(augment, size, (0.0, 0.0, 0.0))
    for _ in range(50):
        image, mask = change(picture(BOX), mask_of(picture(BOX)))
        assert (image.shape, mask.shape, mask.dtype) == ((3, *size), size, torch.uint8)
        assert bright(image).any()
        assert disagreeing(image, mask) == 0


def test_flip_mirrors_image_and_mask() -> None:
    torch.manual_seed(0)
    change = mask_changes(DenseAugment(flip=True), (40, 60), GREY)
    seen = [around(change(picture(BOX), mask_of(picture(BOX)))[1] == 1) for _ in range(60)]
    assert 15 < seen.count(list(BOX)) < 45
    assert seen.count([60 - 36, 8, 60 - 12, 28]) == 60 - seen.count(list(BOX))


def test_padding_is_ignored_and_has_the_mean_colour() -> None:
    torch.manual_seed(0)
    change = mask_changes(DenseAugment(min_scale=0.5, max_scale=0.5), (40, 60), (0.0, 1.0, 0.2))
    for _ in range(20):
        image, mask = change(picture(BOX), mask_of(picture(BOX)))
        padding = mask == 255
        assert int((~padding).sum()) == 20 * 30
        assert image[:, padding].unique(dim=1).tolist() == [[0], [255], [51]]


def test_the_scale_is_drawn_between_its_bounds() -> None:
    torch.manual_seed(0)
    change = mask_changes(DenseAugment(min_scale=0.5, max_scale=1.0), (40, 60), GREY)
    areas = []
    for _ in range(100):
        left, top, right, bottom = around(change(picture(BOX), mask_of(picture(BOX)))[1] != 255)
        assert (right - left) / 60 == pytest.approx((bottom - top) / 40, abs=0.03)
        areas.append((right - left) / 60)
    assert 0.5 <= min(areas) < 0.55
    assert 0.95 < max(areas) <= 1.0
    assert np.mean(areas) == pytest.approx(0.75, abs=0.05)


def test_distortion_leaves_the_mask_alone() -> None:
    torch.manual_seed(0)
    change, mask = mask_changes(DenseAugment(distort=True), (40, 60), GREY), mask_of(picture(BOX))
    photo = Image.new("RGB", (60, 40), (200, 100, 50))
    seen = [change(photo, mask) for _ in range(20)]
    assert len({tuple(image[:, 0, 0].tolist()) for image, _ in seen}) > 10
    assert all(torch.equal(changed, mask) for _, changed in seen)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (1000, 2)])
def test_images_of_strange_shapes_are_changed_too(shape: tuple[int, int]) -> None:
    change = mask_changes(EVERYTHING, (16, 24), GREY)
    for _ in range(10):
        image, mask = change(Image.new("RGB", shape), torch.zeros(shape[1], shape[0], dtype=torch.uint8))
        assert (image.shape, mask.shape) == ((3, 16, 24), (16, 24))


def test_the_mask_that_is_given_stays_as_it_is() -> None:
    mask = mask_of(picture(BOX))
    before = mask.clone()
    mask_changes(EVERYTHING, (40, 60), GREY)(picture(BOX), mask)
    assert torch.equal(mask, before)


def test_only_torchs_generator_is_drawn_from() -> None:
    change, before = mask_changes(EVERYTHING, (16, 24), GREY), (random.getstate(), str(np.random.get_state()))  # noqa: NPY002

    def draws(seed: int) -> list[Any]:
        torch.manual_seed(seed)
        return [change(picture(BOX), mask_of(picture(BOX)))[1].tolist() for _ in range(5)]

    assert draws(0) == draws(0) != draws(1)
    assert before == (random.getstate(), str(np.random.get_state()))  # noqa: NPY002
