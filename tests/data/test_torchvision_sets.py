"""CIFAR and Fashion-MNIST, read from small fakes of their files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
import torchvision
from torchvision.datasets import CIFAR10, CIFAR100

from mobilenas.data import Augment, ImageData, TorchvisionSet
from mobilenas.data.torchvision_sets import KINDS
from mobilenas.settings.typed import annotations_of

Fake = Callable[[type[CIFAR10], int, int], Path]


def read(name: str, root: Path, **changes: Any) -> ImageData:
    settings: dict[str, Any] = {
        "download": False,
        "resolution": 32,
        "augment": Augment(),
        "search_images": 20,
        "split_seed": 0,
        "workers": 0,
    }
    return TorchvisionSet(name=name, root=str(root), **settings | changes).load()  # type: ignore[arg-type]


def test_official_test_images_report_and_search_images_come_from_training(fake_cifar: Fake) -> None:
    root = fake_cifar(CIFAR10, 2, 3)
    data = read("cifar10", root)
    official = [torch.from_numpy(CIFAR10(root, train=train).data).permute(0, 3, 1, 2) for train in (True, False)]
    assert data.sizes == {"train": 80, "search": 20, "test": 30}
    assert torch.equal(data.images.centered(data.splits["test"].tolist()), official[1])
    others = torch.cat([data.splits["train"], data.splits["search"]]).sort().values
    assert torch.equal(data.images.centered(others.tolist()), official[0])


def test_labels_are_the_official_ones(fake_cifar: Fake) -> None:
    root = fake_cifar(CIFAR100, 2, 1)
    data = read("cifar100", root, search_images=100)
    official = CIFAR100(root, train=True).targets + CIFAR100(root, train=False).targets
    assert data.images.labels.tolist() == official
    assert data.classes == tuple(CIFAR100(root).classes)


def test_search_split_has_every_class_alike(fake_cifar: Fake) -> None:
    data = read("cifar10", fake_cifar(CIFAR10, 2, 1))
    assert torch.bincount(data.images.labels[data.splits["search"]]).tolist() == [2] * 10


def test_grey_images_become_three_equal_channels_of_the_resolution(fake_fashion: Path) -> None:
    data = read("fashion_mnist", fake_fashion, search_images=10)
    images = data.images.centered(range(50))
    assert images.shape == (50, 3, 32, 32)
    assert torch.equal(images[:, 0], images[:, 1])
    assert torch.equal(images[:, 0], images[:, 2])
    assert data.classes[0] == "T-shirt/top"


def test_at_its_own_size_the_pixels_are_those_of_the_file(fake_fashion: Path) -> None:
    data = read("fashion_mnist", fake_fashion, resolution=28, search_images=10)
    raw = (fake_fashion / "FashionMNIST" / "raw" / "t10k-images-idx3-ubyte").read_bytes()[16:]
    assert data.images.centered(data.splits["test"].tolist())[:, 0].numpy().tobytes() == raw


def test_missing_files_say_where_they_should_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"^cifar10 is not in {tmp_path}, .*data.root .*data.download=true"):
        read("cifar10", tmp_path)


def test_damaged_files_are_not_read(fake_cifar: Fake) -> None:
    root = fake_cifar(CIFAR10, 2, 1)
    damaged = root / CIFAR10.base_folder / "data_batch_3"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"^cifar10 is not in {root}, or is not complete there"):
        read("cifar10", root)


def test_a_short_file_of_fashion_mnist_is_refused(fake_fashion: Path) -> None:
    damaged = fake_fashion / "FashionMNIST" / "raw" / "train-images-idx3-ubyte"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"^fashion_mnist is not in {fake_fashion}, or is not complete there"):
        read("fashion_mnist", fake_fashion)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"name must be one of cifar10, cifar100, fashion_mnist, not 'cifar'\.$"):
        read("cifar", tmp_path)


def test_every_name_is_one_of_torchvisions_classes() -> None:
    assert list(KINDS) == list(get_args(annotations_of(TorchvisionSet)["name"]))
    assert all(hasattr(torchvision.datasets, kind) for kind in KINDS.values())


def test_too_many_search_images_are_refused(fake_cifar: Fake) -> None:
    with pytest.raises(ValueError, match=r"^The split search is taken .* 100 of 100 images cannot be held out"):
        read("cifar10", fake_cifar(CIFAR10, 2, 1), search_images=100)
