"""What every data set of conf/data must do."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from torchvision.datasets import CIFAR10, CIFAR100

from mobilenas import data as data_sets
from mobilenas.data import DataSet, ImageData
from mobilenas.settings import Reader, SettingsError

CONF = Path(__file__).parents[2] / "conf" / "data"
NAMES = sorted(path.stem for path in CONF.glob("*.yaml"))


@pytest.fixture(params=NAMES)
def build(request: pytest.FixtureRequest) -> Callable[..., ImageData]:
    """Builds the data set that a YAML describes, with changes to its settings, over a small fake of its files."""
    written = yaml.safe_load((CONF / f"{request.param}.yaml").read_text()) | fake(request)

    def made(**changes: object) -> ImageData:
        settings: DataSet = Reader(_resolve).read(_resolve(written["_target_"]), written | changes, "data")
        return settings.load()

    return made


def _resolve(target: str) -> type:
    kind = getattr(data_sets, target.removeprefix("mobilenas.data."))
    assert isinstance(kind, type)
    return kind


@pytest.fixture
def data(build: Callable[..., ImageData]) -> ImageData:
    return build()


def fake(request: pytest.FixtureRequest) -> dict[str, object]:
    """Where the fake lies, and a search split that fits its size."""
    name = request.param
    if name == "digits":
        return {}
    if name == "fashion_mnist":
        return {"root": str(request.getfixturevalue("fake_fashion")), "search_images": 10}
    if name == "imagenet":
        return {"root": str(request.getfixturevalue("fake_imagenet")), "search_images": 6, "workers": 0}
    if name == "image_folder":
        paint = request.getfixturevalue("paint")
        root = paint("photos/a", "photos/b", "photos/c", count=10)
        return {"root": str(root), "cache": str(root.parent / "cache")}
    kind, search_images = {"cifar10": (CIFAR10, 20), "cifar100": (CIFAR100, 100)}[name]
    root = request.getfixturevalue("fake_cifar")(kind, 2, 1)
    return {"root": str(root), "search_images": search_images}


def test_there_are_data_sets() -> None:
    assert "digits" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_launch_command_names_the_data_set(name: str) -> None:
    assert f"# mobilenas data={name}" in (CONF / f"{name}.yaml").read_text()


def test_no_image_is_in_two_splits(data: ImageData, hashes: Callable[..., list[str]]) -> None:
    contents = [hashes(data.eval_loader(split, 64)) for split in ("train", "search", "test")]
    everything = [content for split in contents for content in split]
    assert len(set(everything)) == len(everything) == sum(data.sizes.values())


def test_every_split_has_every_class(data: ImageData) -> None:
    for split in ("train", "search", "test"):
        labels = torch.cat([labels for _, labels in data.eval_loader(split, 64)])
        assert labels.unique().tolist() == list(range(len(data.classes)))


def test_classes_have_distinct_names(data: ImageData) -> None:
    assert len(set(data.classes)) == len(data.classes) > 1
    assert all(isinstance(name, str) for name in data.classes)


def test_batches_are_float_images_and_labels(data: ImageData) -> None:
    for loader in (data.train_loader(8, seed=0), data.eval_loader("search", 8), data.calibration_batches(8, 8)):
        images, labels = next(iter(loader))
        # 8, or all 6 of the smallest fake's search split
        assert images.shape == (len(labels), 3, data.resolution, data.resolution)
        assert images.dtype == torch.float32
        assert labels.dtype == torch.int64
        assert len(labels) in (6, 8)


def test_training_images_in_memory_have_mean_0_and_deviation_1(data: ImageData) -> None:
    if data.given:
        pytest.skip("the normalization is given")
    images = torch.cat([images for images, _ in data.eval_loader("train", 256)]).double()
    assert torch.allclose(images.mean((0, 2, 3)), torch.zeros(3, dtype=torch.double), atol=1e-5)
    assert torch.allclose(images.std((0, 2, 3), correction=0), torch.ones(3, dtype=torch.double), atol=1e-5)


def test_normalization_undone_gives_bytes(data: ImageData) -> None:
    images, _ = next(iter(data.eval_loader("test", 4)))
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (data.normalization.mean, data.normalization.std))
    pixels = 255 * (images * std + mean)
    assert torch.allclose(pixels, pixels.round(), atol=1e-3)
    assert pixels.round().min() >= 0
    assert pixels.round().max() <= 255


def test_same_settings_give_the_same_data(build: Callable[..., ImageData], hashes: Callable[..., list[str]]) -> None:
    one, other = build(), build()
    assert one.fingerprint == other.fingerprint
    assert hashes(one.train_loader(4, seed=1)) == hashes(other.train_loader(4, seed=1))


def test_split_seed_moves_the_search_split(build: Callable[..., ImageData]) -> None:
    one, other = build(), build(split_seed=1)
    assert one.fingerprint != other.fingerprint
    assert one.splits["search"].tolist() != other.splits["search"].tolist()


def test_a_misspelt_setting_is_refused(build: Callable[..., ImageData]) -> None:
    with pytest.raises(SettingsError, match=r"There is no setting 'data.resolutoin'; did you mean 'data.resolution'\?"):
        build(resolutoin=8)


def _named(data: ImageData) -> dict[bytes, str]:
    """The class of every image, by its content."""
    images = ((position, data.images.centered([position])) for split in data.splits.values() for position in split)
    return {pixels.numpy().tobytes(): data.classes[data.images.labels[position]] for position, pixels in images}


def test_drawn_classes_keep_all_their_images(build: Callable[..., ImageData]) -> None:
    everything, some = build(), build(classes=2, search_images=0.3)
    assert len(some.classes) == 2
    expected = {content: name for content, name in _named(everything).items() if name in some.classes}
    assert _named(some) == expected
    assert some.fingerprint != everything.fingerprint


def test_the_split_seed_draws_the_classes(build: Callable[..., ImageData]) -> None:
    drawn = {build(classes=2, search_images=0.3, split_seed=seed).classes for seed in range(8)}
    assert len(drawn) > 1
    assert all(list(classes) == [name for name in build().classes if name in classes] for classes in drawn)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_classes_are_refused(build: Callable[..., ImageData], count: int) -> None:
    with pytest.raises(SettingsError, match=f"data.classes must be a whole number, 2 or more, or null, not {count}"):
        build(classes=count)


def test_more_classes_than_there_are_cannot_be_drawn(build: Callable[..., ImageData]) -> None:
    with pytest.raises(ValueError, match=r"1000 of the .* set data.classes from 2 to"):
        build(classes=1000)


def test_a_search_split_below_1_is_a_share(build: Callable[..., ImageData]) -> None:
    data = build(classes=2, search_images=0.5)
    assert data.sizes["search"] >= 0.5 * data.sizes["train"]
    assert build(classes=2, search_images=data.sizes["search"]).sizes == data.sizes
