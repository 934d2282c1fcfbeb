"""Splits and loaders of a data set."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from mobilenas.data import Augment, ImageData

Make = Callable[..., ImageData]
Hashes = Callable[..., list[str]]


def test_evaluation_goes_through_a_split_in_order(noise: Make) -> None:
    data = noise()
    images, labels = (torch.cat(parts) for parts in zip(*data.eval_loader("search", 8), strict=True))
    expected, _ = data.normalization([data.images.centered(range(50, 70)), labels])
    assert torch.equal(images, expected)
    assert labels.tolist() == [position % 5 for position in range(50, 70)]


def test_calibration_images_are_the_same_each_time_and_from_train(noise: Make, hashes: Hashes) -> None:
    data = noise()
    drawn = hashes(data.calibration_batches(12, 4))
    assert drawn == hashes(noise().calibration_batches(12, 4))
    assert len(set(drawn)) == 12
    assert set(drawn) < set(hashes(data.eval_loader("train", 50)))


def test_calibration_images_are_not_of_one_class(noise: Make) -> None:
    data = noise()
    ordered = replace(data.images, labels=torch.arange(80) // 10)
    (_, labels), *_ = replace(data, images=ordered).calibration_batches(20, 20)
    assert len(labels.unique()) > 2


@pytest.mark.parametrize(("count", "batch_size", "sizes"), [(1000, 16, [16] * 3), (12, 5, [5] * 2), (3, 16, [3])])
def test_calibration_takes_whole_batches_of_at_most_all_training_images(
    noise: Make, count: int, batch_size: int, sizes: list[int]
) -> None:
    assert [len(labels) for _, labels in noise().calibration_batches(count, batch_size)] == sizes


@pytest.mark.parametrize(("images", "count"), [(20, 20), (0.2, 10)])
def test_some_training_images_are_the_same_each_time_and_of_every_class(noise: Make, images: float, count: int) -> None:
    data = noise()
    some = data.with_train_images(images)
    assert some.sizes == data.sizes | {"train": count}
    assert torch.bincount(some.images.labels[some.splits["train"]]).tolist() == [count // 5] * 5
    assert set(some.splits["train"].tolist()) < set(data.splits["train"].tolist())
    assert some.fingerprint == noise().with_train_images(images).fingerprint != data.fingerprint


@pytest.mark.parametrize("images", [50, 1000, 2.5, 1.0])
def test_more_training_images_than_there_are_or_a_part_of_one_are_refused(noise: Make, images: float) -> None:
    with pytest.raises(ValueError, match="train_images"):
        noise().with_train_images(images)


def test_training_after_the_search_uses_both_splits(noise: Make, hashes: Hashes) -> None:
    data = noise(Augment())
    seen = hashes(data.train_loader(7, seed=0, splits=("train", "search")))
    assert set(seen) == set(hashes(data.eval_loader("train", 9))) | set(hashes(data.eval_loader("search", 9)))


def test_normalization_does_not_see_the_other_splits(noise: Make) -> None:
    data = noise()
    pixels = data.images.centered(range(80)).clone()
    pixels[50:] = 0
    blackened = replace(data, images=replace(data.images, pixels=pixels))
    assert blackened.normalization == data.normalization


def test_test_images_are_not_for_training(noise: Make) -> None:
    with pytest.raises(
        ValueError, match=r"^noise: the split test is only for reporting accuracy; train on train and search\.$"
    ):
        noise().train_loader(8, seed=0, splits=("train", "test"))


def test_an_unknown_split_is_named(noise: Make) -> None:
    with pytest.raises(ValueError, match=r"^noise has no split 'val'; its splits are train, search, test\.$"):
        noise().eval_loader("val", 8)


@pytest.mark.parametrize("batch_size", [0, 51])
def test_a_batch_that_cannot_be_filled_is_refused(noise: Make, batch_size: int) -> None:
    with pytest.raises(
        ValueError, match=f"a batch of {batch_size} .* the 50 images .*set the batch size to a number from 1 to 50"
    ):
        noise().train_loader(batch_size, seed=0)


def test_splits_that_share_an_image_are_refused(noise: Make) -> None:
    data = noise()
    with pytest.raises(ValueError, match=r"^noise: an image is in more than one of the splits"):
        replace(data, splits={**data.splits, "search": torch.arange(49, 60)})


def test_an_empty_split_is_refused(noise: Make) -> None:
    data = noise()
    with pytest.raises(ValueError, match=r"^noise: the split 'search' has no images\.$"):
        replace(data, splits={**data.splits, "search": torch.arange(0)})


def test_a_missing_split_is_refused(noise: Make) -> None:
    data = noise()
    with pytest.raises(ValueError, match=r"^noise has no split 'search'; its splits are train, test\.$"):
        replace(data, splits={name: data.splits[name] for name in ("train", "test")})


def test_fingerprint_tells_settings_and_splits_apart(noise: Make) -> None:
    data = noise()
    others = [
        noise(Augment(padding=1)),
        replace(data, source="others"),
        replace(data, classes=tuple("vwxyz")),
        replace(data, splits={**data.splits, "search": torch.arange(51, 70), "test": torch.arange(70, 80)}),
    ]
    assert len({data.fingerprint, *(other.fingerprint for other in others)}) == 5


def test_fingerprint_does_not_depend_on_workers(noise: Make) -> None:
    assert noise().fingerprint == noise(workers=4).fingerprint


def test_summary_names_classes_size_and_splits(noise: Make) -> None:
    assert noise().summary() == "noise: 5 classes, 8 px, 50 train, 20 search, 10 test images in memory"
