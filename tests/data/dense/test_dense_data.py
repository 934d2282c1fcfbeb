"""Batches of annotated images, and a training on them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data.dense import DenseAugment, Objects, read_masks
from mobilenas.data.dense.coco import CocoListing
from mobilenas.data.dense.dense_data import DenseData
from mobilenas.data.dense.masks import MaskListing
from mobilenas.task.targets import PADDING, SIZE_ROW

RNG = np.random.default_rng(0)


@pytest.fixture
def boxes(tmp_path: Path) -> Callable[[int], CocoListing]:
    def listing(count: int) -> CocoListing:
        names = tuple(f"{count}-{number}.png" for number in range(count))
        for name in names:
            Image.fromarray(RNG.integers(0, 255, (20, 40, 3), dtype=np.uint8)).save(tmp_path / name)
        objects = [
            Objects(
                torch.tensor([[4.0, 2, 20, 12]] * number).reshape(-1, 4),
                torch.zeros(number).long(),
                torch.zeros(number) > 0,
            )
            for number in range(count)
        ]
        return CocoListing(tmp_path, names, ((20, 40),) * count, tuple(objects), ("cell",), {})

    return listing


@pytest.fixture
def masks(tmp_path: Path) -> Callable[[int], MaskListing]:
    def listing(count: int) -> MaskListing:
        images, marks = tmp_path / f"images{count}", tmp_path / f"masks{count}"
        images.mkdir()
        marks.mkdir()
        for number in range(count):
            Image.fromarray(RNG.integers(0, 255, (20, 40, 3), dtype=np.uint8)).save(images / f"{number}.png")
            Image.fromarray(RNG.integers(0, 3, (20, 40), dtype=np.uint8)).save(marks / f"{number}.png")
        return read_masks(images, marks, ["a", "b"], ignored=(2,))

    return listing


def data_of(listing: Callable[[int], CocoListing] | Callable[[int], MaskListing], augment: DenseAugment) -> DenseData:
    splits = {"train": listing(5), "search": listing(3), "test": listing(2)}
    return DenseData("small", splits, (10, 20), augment, workers=0)


def test_objects_are_scaled_with_their_image_and_its_own_size_goes_along(
    boxes: Callable[[int], CocoListing],
) -> None:
    ((images, objects),) = data_of(boxes, DenseAugment()).eval_loader("search", 8)
    assert images.shape == (3, 3, 10, 20) and objects.shape == (3, 3, 7)
    assert objects[:, 0].tolist() == [[40, 20, 0, 0, SIZE_ROW, 0, 0]] * 3
    assert objects[:, 1:, 4].tolist() == [[PADDING, PADDING], [0, PADDING], [0, 0]]
    assert objects[2, 1:, :4].tolist() == [[2, 1, 10, 6]] * 2


def test_masks_come_with_their_images(masks: Callable[[int], MaskListing]) -> None:
    ((images, found),) = data_of(masks, DenseAugment()).eval_loader("test", 8)
    assert images.shape == (2, 3, 10, 20) and found.shape == (2, 10, 20)
    assert set(found.unique().tolist()) == {0, 1, 255}


def test_the_normalization_is_that_of_the_resized_training_images(boxes: Callable[[int], CocoListing]) -> None:
    data = data_of(boxes, DenseAugment())
    images = torch.cat([images for images, _ in data.eval_loader("train", 2)])
    assert images.mean((0, 2, 3)).abs().max() < 1e-5
    torch.testing.assert_close(images.std((0, 2, 3), unbiased=False), torch.ones(3), atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", ["boxes", "masks"])
def test_a_pass_depends_on_seed_and_epoch_alone(kind: str, request: pytest.FixtureRequest) -> None:
    augment = DenseAugment(flip=True, distort=True)
    data = data_of(request.getfixturevalue(kind), augment)
    loader, same = data.train_loader(2, 1), data.train_loader(2, 1)
    first, again = list(loader), list(same)
    assert len(first) == 2
    assert all(
        torch.equal(one, other) for a, b in zip(first, again, strict=True) for one, other in zip(a, b, strict=True)
    )
    loader.set_epoch(1)
    assert any(not torch.equal(one[0], other[0]) for one, other in zip(first, loader, strict=True))


def test_search_trains_too_when_the_search_is_over(masks: Callable[[int], MaskListing]) -> None:
    data = data_of(masks, DenseAugment())
    assert len(data.train_loader(1, 0, ("train", "search"))) == 8 and len(data.train_loader(1, 0)) == 5


def test_splits_of_other_classes_are_refused(
    masks: Callable[[int], MaskListing], boxes: Callable[[int], CocoListing]
) -> None:
    with pytest.raises(ValueError, match="the split 'test' has other classes than 'train'"):
        DenseData("a", {"train": boxes(2), "search": boxes(3), "test": masks(2)}, (10, 20), DenseAugment(), 0)
    with pytest.raises(ValueError, match="the split 'search' has no images"):
        DenseData("a", {"train": boxes(2), "test": boxes(3)}, (10, 20), DenseAugment(), 0)
