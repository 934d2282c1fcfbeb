"""What every data set of conf/data must do."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from torchvision.datasets import CIFAR10, CIFAR100

from mobilenas import data as data_sets
from mobilenas.data import Batch, DataSet, ImageData, LabelledSet, TaskData
from mobilenas.data.dense.dense_data import DenseData
from mobilenas.settings import Reader, SettingsError
from mobilenas.testing.data import CHECKS

CONF = Path(__file__).parents[2] / "conf" / "data"
NAMES = sorted(path.stem for path in CONF.glob("*.yaml"))
SMALL = {"resolution": [16, 24], "workers": 0}  # of images with boxes or masks; Cityscapes' own have 2 million pixels
SPLITS = ("train", "search", "test")

Build = Callable[..., TaskData]
BuildLabelled = Callable[..., ImageData]


def resolved(name: str, changes: dict[str, object]) -> dict[str, Any]:
    """The settings in a YAML, as they are without a scale."""
    whole = OmegaConf.create({"outputs": "outputs", "data": OmegaConf.load(CONF / f"{name}.yaml")})
    settings: Any = OmegaConf.to_container(OmegaConf.merge(whole, {"data": changes})["data"], resolve=True)
    return settings


def kind_of(target: str) -> type:
    """The class of settings that a YAML names."""
    *place, name = target.removeprefix("mobilenas.data.").split(".")
    kind = getattr(data_sets.dense if place else data_sets, name)
    assert isinstance(kind, type)
    return kind


TARGETS = {name: OmegaConf.load(CONF / f"{name}.yaml")["_target_"] for name in NAMES}
LABELLED = [name for name, target in TARGETS.items() if issubclass(kind_of(target), LabelledSet)]
DENSE = sorted(set(NAMES) - set(LABELLED))


def building(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Builds the data set that a YAML describes, with changes to its settings, over a small fake of its files."""
    lies = fake(request)

    def made(**changes: object) -> TaskData:
        written = resolved(request.param, lies | changes)
        settings: DataSet = Reader(kind_of).read(kind_of(written["_target_"]), written, "data")
        return settings.load()

    return made


@pytest.fixture(params=NAMES)
def build(request: pytest.FixtureRequest) -> Build:
    """Builds a data set of any kind."""
    return building(request)


@pytest.fixture(params=LABELLED)
def build_labelled(request: pytest.FixtureRequest) -> BuildLabelled:
    """Builds a data set of images with a class."""
    return building(request)


@pytest.fixture
def data(build: Build) -> TaskData:
    return build()


@pytest.fixture
def labelled(build_labelled: BuildLabelled) -> ImageData:
    return build_labelled()


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
    if name in ("coco", "masks", "voc_masks", "cityscapes"):
        return {"root": str(request.getfixturevalue(f"fake_{name.removesuffix('_masks')}"))} | SMALL
    kind, train, search_images = {"cifar10": (CIFAR10, 2, 20), "cifar100": (CIFAR100, 3, 100)}[name]
    root = request.getfixturevalue("fake_cifar")(kind, train, 1)
    return {"root": str(root), "search_images": search_images}


def test_there_are_data_sets() -> None:
    assert "digits" in LABELLED
    assert DENSE == ["cityscapes", "coco", "masks", "voc_masks"]


@pytest.mark.parametrize("name", NAMES)
def test_launch_command_names_the_data_set(name: str) -> None:
    commands = [one for one in (CONF / f"{name}.yaml").read_text().splitlines() if one.startswith("# mobilenas ")]
    assert any(f"data={name}" in one.split() for one in commands)


def test_it_keeps_the_contract_of_data_sets(data: TaskData) -> None:
    assert CHECKS
    for check in CHECKS:
        check(data)


def test_no_image_is_in_two_splits(data: TaskData, hashes: Callable[..., list[str]]) -> None:
    contents = [hashes(data.eval_loader(split, 64)) for split in SPLITS]
    everything = [content for split in contents for content in split]
    assert len(set(everything)) == len(everything) == sum(data.sizes.values())


def test_every_split_has_every_class(labelled: ImageData) -> None:
    for split in SPLITS:
        labels = torch.cat([labels for _, labels in labelled.eval_loader(split, 64)])
        assert labels.unique().tolist() == list(range(len(labelled.classes)))


def test_classes_have_distinct_names(data: TaskData) -> None:
    assert len(set(data.classes)) == len(data.classes) > 1
    assert all(isinstance(name, str) for name in data.classes)


def test_batches_are_float_images_and_labels(labelled: ImageData) -> None:
    for loader in batches_of(labelled):
        images, labels = next(iter(loader))
        # 8, or all 6 of the smallest fake's search split
        assert images.shape == (len(labels), 3, labelled.resolution, labelled.resolution)
        assert images.dtype == torch.float32
        assert labels.dtype == torch.int64
        assert len(labels) in (6, 8)


@pytest.mark.parametrize("build", DENSE, indirect=True)
def test_batches_of_boxes_and_masks_are_of_the_image_s_size(data: TaskData) -> None:
    for loader in batches_of(data):
        images, targets = next(iter(loader))
        assert images.shape == (len(targets), 3, 16, 24) and images.dtype == torch.float32
        if data.learns == "boxes":
            assert targets.dtype == torch.float32 and targets.shape[2] == 7
            assert (targets[:, 0, :2] == torch.tensor([24, 16])).all()  # the size of the image as it was
            assert set(targets[..., 4].unique().tolist()) <= {-2, -1, 0, 1}
        else:
            assert targets.dtype == torch.uint8 and targets.shape == (len(targets), 16, 24)
            assert set(targets.unique().tolist()) <= {*range(len(data.classes)), 255}


def batches_of(data: TaskData) -> tuple[Iterable[Batch], ...]:
    return data.train_loader(8, seed=0), data.eval_loader("search", 8), data.calibration_batches(8, 8)


def test_training_images_have_mean_0_and_deviation_1(data: TaskData) -> None:
    if data.given:
        pytest.skip("the normalization is given")
    images = torch.cat([images for images, _ in data.eval_loader("train", 256)]).double()
    assert torch.allclose(images.mean((0, 2, 3)), torch.zeros(3, dtype=torch.double), atol=1e-5)
    assert torch.allclose(images.std((0, 2, 3), correction=0), torch.ones(3, dtype=torch.double), atol=1e-5)


def test_normalization_undone_gives_bytes(data: TaskData) -> None:
    images, _ = next(iter(data.eval_loader("test", 4)))
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (data.normalization.mean, data.normalization.std))
    pixels = 255 * (images * std + mean)
    assert torch.allclose(pixels, pixels.round(), atol=1e-3)
    assert pixels.round().min() >= 0
    assert pixels.round().max() <= 255


def test_same_settings_give_the_same_data(build: Build, hashes: Callable[..., list[str]]) -> None:
    one, other = build(), build()
    assert one.fingerprint == other.fingerprint
    assert hashes(one.train_loader(4, seed=1)) == hashes(other.train_loader(4, seed=1))


def test_split_seed_moves_the_search_split(build: Build) -> None:
    one, other = build(), build(split_seed=1)
    assert one.fingerprint != other.fingerprint
    assert images_of(one, "search") != images_of(other, "search")


def images_of(data: TaskData, split: str) -> list[object]:
    if isinstance(data, DenseData):
        return list(data.listings[split].names)
    assert isinstance(data, ImageData)
    return list(data.splits[split].tolist())


def test_a_misspelt_setting_is_refused(build: Build) -> None:
    with pytest.raises(SettingsError, match=r"There is no setting 'data.resolutoin'; did you mean 'data.resolution'\?"):
        build(resolutoin=8)


def _named(data: ImageData) -> dict[bytes, str]:
    """The class of every image, by its content."""
    images = ((position, data.images.centered([position])) for split in data.splits.values() for position in split)
    return {pixels.numpy().tobytes(): data.classes[data.images.labels[position]] for position, pixels in images}


def test_drawn_classes_keep_all_their_images(build_labelled: BuildLabelled) -> None:
    everything, some = build_labelled(), build_labelled(classes=2, search_images=0.3)
    assert len(some.classes) == 2
    expected = {content: name for content, name in _named(everything).items() if name in some.classes}
    assert _named(some) == expected
    assert some.fingerprint != everything.fingerprint


def test_the_split_seed_draws_the_classes(build_labelled: BuildLabelled) -> None:
    drawn = {build_labelled(classes=2, search_images=0.3, split_seed=seed).classes for seed in range(8)}
    assert len(drawn) > 1
    assert all(list(classes) == [name for name in build_labelled().classes if name in classes] for classes in drawn)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_classes_are_refused(build_labelled: BuildLabelled, count: int) -> None:
    with pytest.raises(SettingsError, match=f"data.classes must be a whole number, 2 or more, or null, not {count}"):
        build_labelled(classes=count)


def test_more_classes_than_there_are_cannot_be_drawn(build_labelled: BuildLabelled) -> None:
    with pytest.raises(ValueError, match=r"1000 of the .* set data.classes from 2 to"):
        build_labelled(classes=1000)


def test_a_search_split_below_1_is_a_share(build_labelled: BuildLabelled) -> None:
    data = build_labelled(classes=2, search_images=0.5)
    assert data.sizes["search"] >= 0.5 * data.sizes["train"]
    assert build_labelled(classes=2, search_images=data.sizes["search"]).sizes == data.sizes
