"""Means and deviations, against a direct evaluation."""

import torch

from mobilenas.data.normalization import Normalization, measure_normalization


def test_measured_as_defined() -> None:
    images = torch.randint(0, 256, (20, 3, 5, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    normalization = measure_normalization(images)
    for channel in range(3):
        values = images[:, channel].double() / 255
        assert abs(normalization.mean[channel] - values.mean()) < 1e-7
        assert abs(normalization.std[channel] - values.std(correction=0)) < 1e-7


def test_a_batch_is_shifted_and_scaled() -> None:
    images, labels = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1), torch.tensor([4])
    normal, same = Normalization((0.5, 0.2, 0.0), (0.5, 0.1, 0.25))([images, labels])
    assert torch.allclose(normal.flatten(), torch.tensor([-1.0, 0.0, 4.0]), atol=1e-6)
    assert same is labels


def test_one_colour_is_not_divided_by_zero() -> None:
    images = torch.full((4, 3, 2, 2), 7, dtype=torch.uint8)
    normal, _ = measure_normalization(images)([images, torch.zeros(4)])
    assert torch.allclose(normal, torch.zeros(4, 3, 2, 2), atol=1e-5)


def test_the_order_of_images_does_not_matter() -> None:
    images = torch.randint(0, 256, (20, 3, 5, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert measure_normalization(images) == measure_normalization(images.flip(0))
