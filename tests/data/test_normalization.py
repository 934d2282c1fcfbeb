"""Means and deviations, against a direct evaluation."""

import pytest
import timm.data
import torch

from mobilenas.data import Augment, Digits
from mobilenas.data.normalization import Normalization, measure_normalization


def test_measured_as_defined() -> None:
    images = torch.randint(0, 256, (20, 3, 5, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    normalization = measure_normalization(images.split(7))
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
    normal, _ = measure_normalization([images])([images, torch.zeros(4)])
    assert torch.allclose(normal, torch.zeros(4, 3, 2, 2), atol=1e-5)


def test_the_order_of_images_does_not_matter() -> None:
    images = torch.randint(0, 256, (20, 3, 5, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert measure_normalization([images]) == measure_normalization(images.flip(0).split(3))


@pytest.mark.parametrize("name", ["imagenet", "inception"])
def test_names_are_the_constants_of_torchvision_and_timm(name: str) -> None:
    wanted = {
        "imagenet": (timm.data.IMAGENET_DEFAULT_MEAN, timm.data.IMAGENET_DEFAULT_STD),
        "inception": (timm.data.IMAGENET_INCEPTION_MEAN, timm.data.IMAGENET_INCEPTION_STD),
    }
    assert (settings(normalization=name).given_normalization) == Normalization(*wanted[name])


def test_six_numbers_are_means_and_then_deviations() -> None:
    given = settings(normalization=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)).load().normalization
    assert given == Normalization((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))


@pytest.mark.parametrize("wrong", [(0.5, 0.5), (0.1, 0.1, 0.1, 0.2, 0.2, 0.0), (0.1, 0.1, 0.1, 0.2, 0.2, -1.0)])
def test_wrong_numbers_are_told(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="normalization must be imagenet, inception or six numbers"):
        settings(normalization=wrong)


def test_the_given_normalization_changes_the_fingerprint_and_the_measured_one_does_not() -> None:
    measured, default, given = (settings(normalization=one).load() for one in ("measured", None, "imagenet"))
    assert measured.fingerprint == default.fingerprint != given.fingerprint
    assert measured.normalization == default.normalization != given.normalization


def settings(**changes: object) -> Digits:
    return Digits(resolution=8, augment=Augment(), search_images=100, split_seed=0, test_share=0.2, **changes)  # type: ignore[arg-type]
