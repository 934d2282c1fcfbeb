"""The predictions of a trained network that are drawn beside its result."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from mobilenas.data import Augment, Digits, MaskFolders
from mobilenas.data.dense import DenseAugment
from mobilenas.data.dense.dense_data import DenseData
from mobilenas.network import NetworkSpec, load_network, set_resolution
from mobilenas.stages.predictions import read_predictions, write_predictions
from mobilenas.task import Segmentation

CPU = torch.device("cpu")
SPEC = Segmentation().network(set_resolution(load_network("mobilenet_v3_small"), (32, 48)), 3)


class Always1(nn.Module):
    """Says class 1 of each pixel."""

    def forward(self, images: Tensor) -> Tensor:
        scores = torch.zeros(len(images), 3, *images.shape[2:])
        scores[:, 1] = 1
        return scores


@pytest.fixture
def data(tmp_path: Path) -> DenseData:
    """Twenty test images; the mask of number n has class 1 in the first n rows, and class 0 below."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 3), ("val", 3), ("test", 20)):
        for number in range(count):
            mask = np.zeros((32, 48), np.uint8)
            mask[:number] = 1
            for kind, pixels in (("images", rng.integers(0, 256, (32, 48, 3), dtype=np.uint8)), ("masks", mask)):
                path = tmp_path / "streets" / kind / split / f"{number:02}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path)
    (tmp_path / "streets" / "classes.txt").write_text("sky\nroad\ncar\n")
    settings = MaskFolders(
        root=str(tmp_path / "streets"), resolution=(32, 48), augment=DenseAugment(), search_images=0.2,
        test_share=0.2, split_seed=0, normalization="imagenet",
    )  # fmt: skip
    return settings.load()


def test_twelve_test_images_are_drawn_and_the_worst_is_first(data: DenseData, tmp_path: Path) -> None:
    write_predictions(SPEC, Always1(), data, 8, CPU, tmp_path)
    found = read_predictions(tmp_path)
    numbers = [int(one.image.removesuffix(".png")) for one in found]
    assert numbers[:6] == list(range(6)) and numbers[-1] == 19 and len(set(numbers)) == 12
    # the union of class 1 is the whole image, and the intersection of class 0 is empty
    assert [one.score for one in found] == pytest.approx([number / 32 / 2 for number in numbers])
    for one in found:
        with Image.open(tmp_path / "predictions" / one.file) as picture:
            assert picture.size == (2 * 336 + 8, 224)  # 7 times as large


def test_a_classifier_has_no_drawn_predictions(tmp_path: Path) -> None:
    digits = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
    write_predictions(classifier(), nn.Flatten(), digits, 8, CPU, tmp_path)
    assert read_predictions(tmp_path) == () and not list(tmp_path.iterdir())


def classifier() -> NetworkSpec:
    return load_network("mobilenet_v3_small")


@pytest.mark.parametrize("content", ["{", "[{}]", '[{"file": "a", "image": "b", "score": 2}]'])
def test_a_damaged_list_is_an_error_that_names_the_file(data: DenseData, tmp_path: Path, content: str) -> None:
    write_predictions(SPEC, Always1(), data, 8, CPU, tmp_path)
    path = tmp_path / "predictions" / "predictions.json"
    assert len(json.loads(path.read_text())) == 12
    path.write_text(content)
    with pytest.raises(ValueError, match=r"predictions\.json cannot be used: "):
        read_predictions(tmp_path)
