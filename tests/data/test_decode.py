"""Reading image files, and saying which one cannot be read."""

import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data import Augment, ImageData
from mobilenas.data import decode as decoding
from mobilenas.data.decode import UnreadableImageError, centered, decode, read_all
from mobilenas.data.images import FileImages

Paint = Callable[..., Path]


def files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.*"))


def test_an_image_of_the_right_size_is_left_as_it_is(paint: Paint) -> None:
    file = files(paint("photos", count=1))[0]
    assert np.array_equal(centered(file, 12, 1.0), np.asarray(Image.open(file)).transpose(2, 0, 1))


def test_the_middle_square_is_shown(tmp_path: Path) -> None:
    pixels = np.zeros((20, 40, 3), dtype=np.uint8)
    pixels[5:15, 15:25] = 200
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    assert (centered(tmp_path / "wide.png", 10, 0.5) == 200).all()
    assert centered(tmp_path / "wide.png", 20, 1.0).sum() == 3 * 100 * 200


def test_shrinking_averages(tmp_path: Path) -> None:
    pixels = np.indices((32, 32)).sum(0) % 2 * 255  # a chessboard of single pixels
    Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "board.png")
    assert abs(centered(tmp_path / "board.png", 4, 1.0).astype(float) - 127.5).max() < 2


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "CMYK"])
def test_any_mode_becomes_three_channels(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (8, 8)).save(tmp_path / "image.tiff")
    assert centered(tmp_path / "image.tiff", 8, 1.0).shape == (3, 8, 8)


def test_several_processes_read_what_one_reads(paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = files(paint("photos", count=300, size=(6, 5)))
    alone = read_all(paths, 4, 1.0)
    monkeypatch.setattr(decoding, "_MANY", 0)
    assert torch.equal(read_all(paths, 4, 1.0), alone)
    assert all(np.array_equal(image, centered(path, 4, 1.0)) for image, path in zip(alone, paths, strict=True))


def truncate(file: Path) -> Path:
    file.write_bytes(file.read_bytes()[:-40])
    return file


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tiff", "webp"])
def test_a_truncated_image_is_named(paint: Paint, suffix: str) -> None:
    file = truncate(files(paint("photos", count=1, size=(30, 30), suffix=suffix))[0])
    with pytest.raises(ValueError, match=f"^{file} cannot be read as an image .*; replace it or remove it.$"):
        decode(file)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(50), b"\xff\xd8\xff" + bytes(50)])
def test_a_file_that_is_no_image_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.png").write_bytes(content)
    with pytest.raises(
        ValueError, match=f"^{tmp_path}/odd.png cannot be read as an image .*; replace it or remove it.$"
    ):
        decode(tmp_path / "odd.png")


@pytest.mark.parametrize("many", [0, 1000])
def test_an_unreadable_image_among_many_is_named(paint: Paint, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    paths = files(paint("photos", count=200))
    truncate(paths[150])
    monkeypatch.setattr(decoding, "_MANY", many)
    with pytest.raises(ValueError, match=f"^{paths[150]} cannot be read as an image .*; replace it or remove it.$"):
        read_all(paths, 8, 1.0)


@pytest.mark.parametrize("workers", [0, 2])
def test_an_unreadable_image_met_in_training_is_named_in_one_sentence(paint: Paint, workers: int) -> None:
    root = paint("photos", count=12)
    truncate(files(root)[0])
    names = np.array([path.name for path in files(root)])
    images = FileImages(root, names, torch.zeros(12, dtype=torch.int64), 8, 1.0)
    splits = {"train": torch.arange(4), "search": torch.arange(4, 8), "test": torch.arange(8, 12)}
    data = ImageData("photos", ("a",), images, splits, Augment(min_area=0.5), workers, "")
    with pytest.raises(UnreadableImageError) as caught:
        list(data.train_loader(4, seed=0))
    assert str(caught.value).startswith(f"{root}/000.png cannot be read as an image")
    assert "\n" not in str(caught.value)
    traceback.clear_frames(caught.tb)  # frees the worker processes now, and not when another test runs
