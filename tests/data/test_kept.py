"""Images of files that are scored again and again are decoded once."""

import pickle
import shutil
from pathlib import Path

import pytest
import torch

from mobilenas.data import Augment, ImageData, image_folder, kept
from tests.photos import make_photos


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_photos(tmp_path / "photos", 40)
    return tmp_path / "photos"


def _read(root: Path, workers: int = 0) -> ImageData:
    return image_folder(
        str(root),
        resolution=12,
        augment=Augment(),
        search_images=0.2,
        test_share=0.2,
        split_seed=0,
        center_share=1.0,
        in_memory=False,
        workers=workers,
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_pass_gives_the_same_images_without_their_files(root: Path, workers: int) -> None:
    data = _read(root, workers)
    first = [*data.eval_loader("search", 5), *data.calibration_batches(16, 8)]
    shutil.rmtree(root)
    second = [*data.eval_loader("search", 5), *data.calibration_batches(16, 8)]
    assert len(first) == len(second)
    for (images, labels), (again, same_labels) in zip(first, second, strict=True):
        assert torch.equal(images, again) and torch.equal(labels, same_labels)
    (images, labels), *_ = data.eval_loader("search", 13)
    assert torch.equal(images, torch.cat([images for images, _ in first[:3]])[:13])
    assert torch.equal(labels, torch.cat([labels for _, labels in first[:3]])[:13])


def test_a_pass_that_stops_keeps_nothing(root: Path) -> None:
    data = _read(root)
    next(iter(data.eval_loader("search", 5)))
    shutil.rmtree(root)
    with pytest.raises(ValueError, match="png"):
        list(data.eval_loader("search", 5))


def test_many_images_are_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _read(root)
    monkeypatch.setattr(kept, "MOST_BYTES", data.sizes["search"] * 3 * 12**2 - 1)
    list(data.eval_loader("search", 5))
    shutil.rmtree(root)
    with pytest.raises(ValueError, match="png"):
        list(data.eval_loader("search", 5))


def test_another_process_does_not_get_the_kept_images(root: Path) -> None:
    data = _read(root)
    before = len(pickle.dumps(data)) if data.normalization else 0
    images = [one for one, _ in data.eval_loader("search", 5)]
    assert len(pickle.dumps(data)) == before
    again = [one for one, _ in pickle.loads(pickle.dumps(data)).eval_loader("search", 5)]
    assert all(torch.equal(one, other) for one, other in zip(images, again, strict=True))
