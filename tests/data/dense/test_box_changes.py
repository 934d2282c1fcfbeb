"""Changes of an image with its boxes, against arithmetic and against the pixels of a rectangle."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data.dense import DenseAugment, fixed_boxes
from mobilenas.data.dense.changes import box_changes
from tests.data.dense.drawn import GREY, around, bright, objects, picture

BOX = (12, 8, 36, 28)
EVERYTHING = DenseAugment(flip=True, distort=True, zoom_out=4.0, crop=True)


def test_evaluation_resizes_all_boxes_with_the_image() -> None:
    image, found = fixed_boxes((20, 120))(picture(BOX), objects(BOX, (0.0, 0.0, 60.0, 40.0), (1.0, 1.0, 1.5, 1.25)))
    assert (image.shape, image.dtype) == ((3, 20, 120), torch.uint8)
    assert found.xyxy.tolist() == [[24, 4, 72, 14], [0, 0, 120, 20], [2, 0.5, 3, 0.625]]
    assert found.labels.tolist() == [0, 1, 2]
    assert found.crowd.tolist() == [False, True, False]
    assert around(bright(image, 127)) == [24, 4, 72, 14]


def test_evaluation_is_pillows_bilinear_resize() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    image, _ = fixed_boxes((17, 23))(noise, objects())
    expected = np.asarray(noise.resize((23, 17), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert np.abs(image.numpy().astype(int) - expected).max() <= 1


def test_flip_mirrors_boxes_with_probability_one_half() -> None:
    torch.manual_seed(0)
    change = box_changes(DenseAugment(flip=True), (40, 60), GREY)
    seen = [tuple(change(picture(BOX), objects(BOX))[1].xyxy[0].tolist()) for _ in range(60)]
    assert set(seen) == {BOX, (60 - 36, 8, 60 - 12, 28)}
    assert 15 < seen.count(BOX) < 45


def test_zoom_out_makes_boxes_smaller_and_puts_the_mean_colour_around() -> None:
    torch.manual_seed(0)
    change = box_changes(DenseAugment(zoom_out=4.0), (40, 60), (0.0, 1.0, 0.0))
    sides = []
    for _ in range(60):
        image, found = change(Image.new("RGB", (60, 40), "red"), objects((0.0, 0.0, 60.0, 40.0)))
        left, top, right, bottom = found.xyxy[0].tolist()
        sides.append((right - left) / 60)
        assert (right - left) / 60 == pytest.approx((bottom - top) / 40, abs=0.03)
        inside = torch.zeros(40, 60, dtype=torch.bool)
        inside[round(top) : round(bottom), round(left) : round(right)] = True
        assert ((image[0] > image[1]) == inside).float().mean() > 0.95
    assert min(sides) >= 1 / 4 - 0.01
    assert 15 < sum(side > 0.999 for side in sides) < 45


def test_a_crop_keeps_the_objects_whose_centers_are_within() -> None:
    torch.manual_seed(0)
    change, counts = box_changes(DenseAugment(crop=True), (40, 60), GREY), set()
    for _ in range(100):
        image, found = change(picture(BOX), objects(BOX, (40.0, 30.0, 60.0, 40.0)))
        counts.add(len(found))
        assert found.crowd.tolist() == (found.labels == 1).tolist()
        if 0 in found.labels.tolist():
            box = found.xyxy[found.labels == 0][0]
            assert np.abs(np.array(around(bright(image, 127))) - box.numpy()).max() <= 1.0
    assert counts == {1, 2}


@pytest.mark.parametrize("size", [(40, 60), (33, 50), (64, 31)])
def test_boxes_enclose_the_same_pixels_after_all_changes(size: tuple[int, int]) -> None:
    torch.manual_seed(1)
    change, seen = box_changes(DenseAugment(flip=True, zoom_out=3.0, crop=True), size, (0.0, 0.0, 0.0)), 0
    for _ in range(200):
        image, found = change(picture(BOX), objects(BOX))
        if len(found):
            seen += 1
            assert np.abs(np.array(around(bright(image, 100))) - found.xyxy[0].numpy()).max() <= 1.5
            assert (found.xyxy >= 0).all()
            assert (found.xyxy[:, [2, 3]] <= torch.tensor(size).flip(0)).all()
    assert seen > 150


def test_distortion_changes_colours_and_no_box() -> None:
    torch.manual_seed(0)
    change = box_changes(DenseAugment(distort=True), (40, 60), GREY)
    photo = Image.new("RGB", (60, 40), (200, 100, 50))
    seen = [change(photo, objects(BOX)) for _ in range(20)]
    assert len({tuple(image[:, 0, 0].tolist()) for image, _ in seen}) > 10
    assert all(found.xyxy.tolist() == [list(BOX)] for _, found in seen)


def test_boxes_of_less_than_a_pixel_are_lost() -> None:
    change = box_changes(DenseAugment(), (4, 6), GREY)
    _, found = change(picture(BOX), objects(BOX, (3.0, 3.0, 12.0, 13.0), (0.0, 0.0, 30.0, 10.0)))
    assert found.labels.tolist() == [0, 2]  # one tenth of the second is .9 pixels wide


def test_the_whole_image_as_a_box_survives_every_size() -> None:
    for side in range(1, 200, 7):
        _, found = box_changes(DenseAugment(), (side, side), GREY)(
            picture(BOX, (61, 37)), objects((0.0, 0.0, 61.0, 37.0))
        )
        assert found.xyxy[0].tolist() == pytest.approx([0, 0, side, side], rel=1e-5)
        assert found.xyxy.max() <= side


@pytest.mark.parametrize("shape", [(60, 40), (1, 1), (3, 200), (1000, 2)])
def test_images_without_objects_and_of_strange_shapes_are_changed_too(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    change = box_changes(EVERYTHING, (16, 24), GREY)
    for _ in range(10):
        image, found = change(Image.new("RGB", shape), objects())
        assert (image.shape, found.xyxy.shape) == ((3, 16, 24), (0, 4))
        image, _ = change(Image.new("RGB", shape), objects((0.0, 0.0, float(shape[0]), float(shape[1]))))
        assert image.shape == (3, 16, 24)


def test_large_photos_become_smaller_before_their_border_is_added() -> None:
    change = box_changes(DenseAugment(), (40, 60), GREY)
    image, found = change(picture((120, 80, 360, 280), (600, 400)), objects((120.0, 80.0, 360.0, 280.0)))
    assert found.xyxy[0].tolist() == pytest.approx([12, 8, 36, 28])
    assert around(bright(image, 127)) == [12, 8, 36, 28]


def test_only_torchs_generator_is_drawn_from() -> None:
    change, before = box_changes(EVERYTHING, (16, 24), GREY), (random.getstate(), str(np.random.get_state()))  # noqa: NPY002

    def draws(seed: int) -> list[Any]:
        torch.manual_seed(seed)
        return [change(picture(BOX), objects(BOX))[0].tolist() for _ in range(5)]

    assert draws(0) == draws(0) != draws(1)
    assert before == (random.getstate(), str(np.random.get_state()))  # noqa: NPY002
