"""Boxes and masks drawn on images: the colours of classes, and what is left as it was."""

from colorsys import rgb_to_hsv
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from mobilenas.task.learners import two_digits
from mobilenas.task.pictures import colours, enlarged, side_by_side, with_boxes, with_mask

IGNORED = 255


def noise(height: int = 24, width: int = 32) -> Tensor:
    return torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("classes", [1, 2, 6, 7, 19, 21, 80, 91, 254])
def test_every_class_has_a_colour_of_its_own_and_none_is_black_or_white(classes: int) -> None:
    found = colours(classes)
    assert len(found) == len(set(found)) == classes
    assert all(max(one) > 128 > min(one) for one in found)
    assert all(0 <= level <= 255 for one in found for level in one)


@pytest.mark.parametrize("classes", [3, 6, 19])
def test_hues_are_at_equal_distances(classes: int) -> None:
    hues = [rgb_to_hsv(*(level / 255 for level in one))[0] for one in colours(classes)]
    assert hues == pytest.approx([number / classes for number in range(classes)], abs=0.01)


def test_neighbours_of_many_classes_differ_in_brightness_too() -> None:
    levels = [max(one) for one in colours(19)]
    assert all(abs(one - other) > 50 for one, other in pairwise(levels))


def test_a_mask_is_mixed_with_its_image_and_ignored_pixels_are_black() -> None:
    image = noise()
    labels = torch.randint(0, 3, (24, 32), generator=torch.Generator().manual_seed(1))
    labels[2:9, 5:11] = IGNORED
    found = with_mask(image, labels, 3)
    assert found.dtype == torch.uint8 and found.shape == image.shape
    assert not found[:, 2:9, 5:11].any()
    for row, column in ((0, 0), (3, 20), (23, 31), (10, 7)):
        colour = colours(3)[int(labels[row, column])]
        for channel in range(3):
            expected = 0.4 * int(image[channel, row, column]) + 0.6 * colour[channel]
            assert abs(int(found[channel, row, column]) - expected) <= 0.501


def test_a_mask_of_bytes_is_the_same_as_one_of_whole_numbers() -> None:
    labels = torch.tensor([[0, 1, 253, IGNORED]])
    image = noise(1, 4)
    assert torch.equal(with_mask(image, labels.to(torch.uint8), 254), with_mask(image, labels, 254))


def test_a_box_has_the_colour_of_its_class_and_the_rest_stays() -> None:
    image = noise()
    found = with_boxes(image, torch.tensor([[4.0, 6, 20, 18]]), torch.tensor([1]), 2)
    colour = torch.tensor(colours(2)[1], dtype=torch.uint8)
    for row, column in ((6, 4), (6, 12), (18, 12), (12, 4), (12, 20)):
        assert torch.equal(found[:, row, column], colour)
    assert torch.equal(found[:, 9:16, 7:18], image[:, 9:16, 7:18])
    assert torch.equal(found[:, :, 24:], image[:, :, 24:])
    assert torch.equal(image, noise())


def test_boxes_of_two_classes_have_two_colours() -> None:
    boxes = torch.tensor([[2.0, 2, 10, 10], [16, 12, 28, 22]])
    found = with_boxes(noise(), boxes, torch.tensor([2, 0]), 3, [".97", "1"])
    assert found[:, 10, 6].tolist() == list(colours(3)[2])
    assert found[:, 22, 22].tolist() == list(colours(3)[0])


def test_an_image_without_boxes_stays() -> None:
    assert torch.equal(with_boxes(noise(), torch.zeros(0, 4), torch.zeros(0).long(), 2, []), noise())


@pytest.mark.parametrize("box", [[-5.0, -5, 60, 60], [31.5, 23.5, 32, 24], [4, 4, 4, 4], [40, 30, 50, 40]])
def test_a_box_at_the_edge_or_without_area_is_drawn(box: list[float]) -> None:
    found = with_boxes(noise(), torch.tensor([box]), torch.tensor([0]), 1, ["1"])
    assert found.shape == (3, 24, 32) and not torch.equal(found, noise())


@pytest.mark.parametrize(("width", "factor"), [(1, 320), (32, 10), (319, 2), (320, 1), (1000, 1), (213, 2)])
def test_a_small_image_is_enlarged_by_whole_pixels(width: int, factor: int) -> None:
    image = noise(2, width)
    found, times = enlarged(image)
    assert times == factor
    assert torch.equal(found, image.repeat_interleave(factor, 1).repeat_interleave(factor, 2))


def test_two_pictures_stand_beside_each_other_with_a_white_gap() -> None:
    one, other = noise(), 255 - noise()
    found = side_by_side(one, other)
    assert found.shape == (3, 24, 72)
    assert torch.equal(found[:, :, :32], one) and torch.equal(found[:, :, 40:], other)
    assert (found[:, :, 32:40] == 255).all()


@pytest.mark.parametrize(
    ("share", "text"), [(0.5, ".50"), (0.974, ".97"), (0.994, ".99"), (0.996, "1"), (0.9999, "1"), (1.0, "1")]
)
def test_a_score_near_1_is_not_written_as_0(share: float, text: str) -> None:
    assert two_digits(share) == text
