"""Files of torchvision's data sets that somebody else has made: no pickle is loaded before its checksum is right."""

import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10

from mobilenas.data import Augment, ImageNetFolders, TorchvisionSet

Fake = Callable[[type[CIFAR10], int, int], Path]


class Touches:
    """Makes a file when its pickle is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def _read(name: str, root: Path) -> None:
    augment = Augment()
    TorchvisionSet(
        name=name, root=str(root), download=False, resolution=32, augment=augment, search_images=20, split_seed=0
    ).load()  # type: ignore[call-arg, arg-type]


def test_the_pickle_would_run_if_it_were_loaded(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Touches(tmp_path / "made")))
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("file", ["data_batch_1", "test_batch", "batches.meta"])
def test_a_pickle_of_cifar_is_not_loaded_unless_its_checksum_is_right(
    file: str, fake_cifar: Fake, tmp_path: Path
) -> None:
    root = fake_cifar(CIFAR10, 2, 1)
    (root / CIFAR10.base_folder / file).write_bytes(pickle.dumps(Touches(tmp_path / "made")))
    with pytest.raises(ValueError, match=r"^cifar10 is not in .*, or is not complete there"):
        _read("cifar10", root)
    assert not (tmp_path / "made").exists()


def test_an_archive_of_cifar_alone_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("made")
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "evil", "../made")
    before = set(tmp_path.parent.rglob("*"))
    with pytest.raises(ValueError, match=r"^cifar10 is not in"):
        _read("cifar10", tmp_path)
    assert set(tmp_path.parent.rglob("*")) == before


def test_pickles_of_an_old_fashion_mnist_are_not_loaded(fake_fashion: Path, tmp_path: Path) -> None:
    folder = fake_fashion / "FashionMNIST" / "processed"
    folder.mkdir()
    for name in ("training.pt", "test.pt"):
        torch.save(Touches(tmp_path / "made"), folder / name)
    with pytest.raises(ValueError, match=f"^{folder} has pickles of an old version, which are not read: remove it"):
        _read("fashion_mnist", fake_fashion)
    assert not (tmp_path / "made").exists()


def _idx(dtype: int, *shape: int, content: bytes = b"") -> bytes:
    return np.array([dtype * 256 + len(shape), *shape], dtype=">i4").tobytes() + content


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0", b"\xff" * 100, _idx(8, 40), _idx(8, 2**31 - 1), _idx(10, 40, content=bytes(40)),
        _idx(8, 40, content=b"\xff" * 40), _idx(8, 39, content=bytes(39)), _idx(13, 40, content=bytes(160)),
    ],
    ids=["nothing", "a byte", "ones", "no labels", "many", "no such type", "class 255", "one less", "floats"],
)  # fmt: skip
def test_labels_of_fashion_mnist_that_cannot_be_are_refused(content: bytes, fake_fashion: Path) -> None:
    (fake_fashion / "FashionMNIST" / "raw" / "train-labels-idx1-ubyte").write_bytes(content)
    with pytest.raises(ValueError, match=f"^fashion_mnist is not in {fake_fashion}, or is not complete there"):
        _read("fashion_mnist", fake_fashion)


def test_a_file_of_fashion_mnist_that_swallows_memory_is_refused(fake_fashion: Path) -> None:
    path = fake_fashion / "FashionMNIST" / "raw" / "train-images-idx3-ubyte"
    with path.open("wb") as file:
        file.truncate(2**40)  # takes no space on the disk
    with pytest.raises(ValueError, match=f"^{path} is no file of Fashion-MNIST, whose largest has 47,040,016 bytes"):
        _read("fashion_mnist", fake_fashion)


def test_archives_of_imagenet_are_not_unpacked_unless_their_checksum_is_right(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("made")
    for name in ("ILSVRC2012_devkit_t12.tar.gz", "ILSVRC2012_img_train.tar"):
        with tarfile.open(tmp_path / name, "w") as archive:
            archive.add(tmp_path / "evil", "../made")
    torch.save(Touches(tmp_path / "made"), tmp_path / "meta.bin")
    before = set(tmp_path.parent.rglob("*"))
    data = ImageNetFolders(
        root=str(tmp_path), center_share=1.0, resolution=32, augment=Augment(), search_images=20, split_seed=0
    )
    with pytest.raises(ValueError, match=f"^ImageNet's train images are not in {tmp_path}: set data.root"):
        data.load()
    assert set(tmp_path.parent.rglob("*")) == before
