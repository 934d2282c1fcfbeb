"""What a stage will read is checked before the first stage begins."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mobilenas.cli.composing import composed
from mobilenas.data import ImageData, image_data, image_folder
from mobilenas.data.task_data import SPLITS
from mobilenas.pipeline import plan
from mobilenas.pipeline.loop import _check_images
from mobilenas.pipeline.settings import Settings
from mobilenas.settings import SettingsError

TABLE = "layer,latency_ms\nskip,0.0\n"


def _settings(folder: Path, *overrides: str) -> Settings:
    (folder / "phone.csv").write_text(TABLE)
    return composed("hardware=table", f"hardware.path={folder / 'phone.csv'}", f"outputs={folder}", *overrides)


def _photos(root: Path) -> ImageData:
    rng = np.random.default_rng(0)
    for name in "ab":
        (root / name).mkdir(parents=True)
        for number in range(10):
            pixels = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return image_folder(str(root), 16, in_memory=False)


@pytest.mark.parametrize(
    ("override", "splits"),
    [("recipe.batch_size=5000", "train and search"), ("supernet_recipe.batch_size=5000", "train")],
)
def test_a_batch_that_the_images_do_not_fill_is_refused(override: str, splits: str, tmp_path: Path) -> None:
    said = f"a batch of 5000 images cannot be taken from the .* images of {splits}; set {override[:-5]} to a number"
    with pytest.raises(ValueError, match=said):
        plan(_settings(tmp_path, "experiment=moga", override), "", (override,))


@pytest.mark.parametrize(
    ("experiment", "name"),
    [
        ("moga", "recipe.batch_size"),
        ("moga", "supernet_recipe.batch_size"),
        ("mobilenetv3_small", "recipe.batch_size"),
        ("netadapt", "recipe.batch_size"),
        ("mnasnet", "recipe.batch_size"),
    ],
)
def test_a_batch_of_one_image_is_refused_where_a_batch_norm_has_one_value(
    experiment: str, name: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"{name}=1 is too small, because a batch norm of .*: set {name} to 2 or more"):
        plan(_settings(tmp_path, f"experiment={experiment}", f"{name}=1", "data=digits", "data.resolution=2"), "")


def test_a_batch_of_one_image_is_enough_for_larger_maps(tmp_path: Path) -> None:
    network = tmp_path / "large.yaml"
    layers = "[{op: conv, out: 4, kernel: 3}, {op: classifier, classes: 10}]"
    network.write_text(f"input: {{channels: 3, height: 8, width: 8}}\nlayers: {layers}\n")
    settings = ("experiment=moga_a", f"network_file={network}", "recipe.batch_size=1", "data=digits", "recipe.epochs=1")
    plan(_settings(tmp_path, *settings, "data.resolution=8"), "")


def test_a_precision_that_is_too_coarse_for_probabilities_is_refused(tmp_path: Path) -> None:
    half = ("data=digits", "trainer.precision=16-true", "stages=[profile,supernet]")
    with pytest.raises(ValueError, match="16-true is too coarse for the probabilities that this method learns"):
        plan(_settings(tmp_path, "experiment=proxyless_g", *half), "")
    plan(_settings(tmp_path, "experiment=moga", *half), "")


@pytest.mark.parametrize("setting", ["data.root", "data.cache", "hardware.cache", "outputs", "store"])
def test_an_empty_path_is_refused(setting: str) -> None:
    """Of a variable of the shell that is not set; it would be the working folder."""
    with pytest.raises(SettingsError, match=f"^{setting} must "):
        composed("experiment=moga", "data=image_folder", "data.root=photos", f"{setting}=")


def test_images_are_checked_again_after_one_has_changed(tmp_path: Path) -> None:
    data = _photos(tmp_path / "photos")
    _check_images(data, tmp_path / ".images")
    file = data.images.root / str(data.images.names[0])  # type: ignore[attr-defined]
    file.write_bytes(file.read_bytes()[:-60])
    with pytest.raises(ValueError, match=f"{file.name} cannot be read as an image"):
        _check_images(data, tmp_path / ".images")


def test_files_that_a_run_beside_has_checked_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    data, read = _photos(tmp_path / "photos"), list[int]()
    monkeypatch.setattr(type(data.images), "check", lambda self, positions, wholly: read.append(len(positions)))
    for run, files in (("one", [20]), ("one", [20]), ("two", [20])):
        _check_images(data, tmp_path / run / ".images")
        assert read == files
    caplog.set_level("INFO", "mobilenas")
    _check_images(data, tmp_path / "three" / ".images")
    assert read == [20] and data.summary() in caplog.text
    file = data.images.root / str(data.images.names[0])  # type: ignore[attr-defined]
    file.write_bytes(file.read_bytes() + b"1")
    _check_images(data, tmp_path / "three" / ".images")
    assert read == [20, 20]


def test_a_network_of_gray_images_is_refused(tmp_path: Path) -> None:
    network = tmp_path / "gray.yaml"
    layers = "[{op: conv, out: 4, kernel: 3}, {op: classifier, classes: 10}]"
    network.write_text(f"input: {{channels: 1, height: 8, width: 8}}\nlayers: {layers}\n")
    with pytest.raises(ValueError, match="gray takes images of 1 channels, and the images here have 3"):
        plan(_settings(tmp_path, "experiment=moga_a", f"network_file={network}"), "")


@pytest.mark.parametrize("split", ["search", "test"])
def test_an_image_that_is_only_scored_is_decoded_before(split: str, tmp_path: Path) -> None:
    data = _photos(tmp_path / "photos")
    data.check_images()
    position = int(data.splits[split][0])
    file = data.images.root / str(data.images.names[position])  # type: ignore[attr-defined]
    file.write_bytes(file.read_bytes()[:-60])
    with pytest.raises(ValueError, match=f"{file.name} cannot be read as an image"):
        data.check_images()


@pytest.mark.parametrize("split", SPLITS)
def test_among_many_images_one_whose_end_is_lost_is_found_before(
    split: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_data, "MOST_DECODED", 0)
    data = _photos(tmp_path / "photos")
    data.check_images()
    file = data.images.root / str(data.images.names[int(data.splits[split][0])])  # type: ignore[attr-defined]
    file.write_bytes(file.read_bytes()[:-60])
    with pytest.raises(ValueError, match=f"{file.name} cannot be read as an image"):
        data.check_images()


def test_a_training_file_that_is_no_image_is_found_before(tmp_path: Path) -> None:
    data = _photos(tmp_path / "photos")
    file = data.images.root / str(data.images.names[int(data.splits["train"][0])])  # type: ignore[attr-defined]
    file.write_text("no image")
    with pytest.raises(ValueError, match=f"{file.name} cannot be read as an image"):
        data.check_images()
