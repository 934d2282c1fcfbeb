"""scikit-learn's digits."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from mobilenas.data import Augment, Digits, ImageData


def read(**changes: Any) -> ImageData:
    settings: dict[str, Any] = {
        "resolution": 8,
        "augment": Augment(),
        "search_images": 0.2,
        "test_share": 0.2,
        "split_seed": 0,
        "workers": 0,
    }
    return Digits(**settings | changes).load()


def test_pixels_are_the_published_ones_scaled_to_bytes() -> None:
    pixels = read().images.centered(range(1797))
    published = load_digits().images
    assert pixels.shape == (1797, 3, 8, 8)
    assert np.abs(pixels.double().numpy() - published[:, None] * 255 / 16).max() <= 0.5
    assert pixels.max() == 255


def test_labels_are_the_published_ones() -> None:
    data = read()
    assert data.images.labels.tolist() == load_digits().target.tolist()
    assert data.classes == tuple("0123456789")


def test_three_fifths_train_and_a_fifth_each_searches_and_reports() -> None:
    data = read()
    assert data.sizes == {"train": 1079, "search": 359, "test": 359}
    shares = torch.bincount(data.images.labels) / 1797
    for positions in data.splits.values():
        assert torch.allclose(torch.bincount(data.images.labels[positions]) / len(positions), shares, atol=0.003)


def test_enlarged_to_the_resolution() -> None:
    images = read(resolution=16).images.centered(range(50)).double()
    assert images.shape == (50, 3, 16, 16)
    blocks = images.view(50, 3, 8, 2, 8, 2).mean((3, 5))
    assert (blocks - read().images.centered(range(50)).double()).abs().mean() < 20


def test_split_seed_moves_the_splits() -> None:
    assert read().fingerprint == read().fingerprint != read(split_seed=1).fingerprint


def test_shares_that_leave_nothing_to_train_on_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^The split search is taken from the training images: "):
        read(search_images=0.8)
