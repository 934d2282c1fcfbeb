"""Reading image files, and saying which one cannot be read."""

import struct
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2.functional import center_crop

from mobilenas.data import Augment, ImageData, many_files
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


RAMP = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0)


@pytest.mark.parametrize("name", ["ramp.png", "ramp.tif", "big_endian.tif"])
def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path, name: str) -> None:
    big = Image.frombytes("I;16B", (256, 4), RAMP.astype(">u2").tobytes())
    image = big if name.startswith("big") else Image.fromarray(RAMP)
    image.save(tmp_path / name)
    seen = np.asarray(decode(tmp_path / name))
    assert seen.shape == (4, 256, 3)
    assert np.abs(seen[0, :, 0] - RAMP[0] / 257).max() <= 0.5


FOUR = [0, 85, 170, 255]  # a row of four pixels, from black to white


def tiff(bits: int, photometric: int, pixels: bytes) -> bytes:
    """A TIFF of one row of four gray pixels."""
    tags = {256: 4, 257: 1, 258: bits, 259: 1, 262: photometric, 273: 0, 277: 1, 278: 1, 279: len(pixels)}
    tags[273] = 14 + 12 * len(tags)
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + pixels


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pgm", b"P5 4 1 1023 " + np.array([0, 341, 682, 1023], ">u2").tobytes()),
        ("plain.pgm", b"P2 4 1 4095 0 1365 2730 4095\n"),
        ("12.tif", tiff(12, 1, bytes([0x00, 0x05, 0x55, 0xAA, 0xAF, 0xFF]))),
        ("16.tif", tiff(16, 1, (np.array(FOUR) * 257).astype("<u2").tobytes())),
        ("white_is_zero.tif", tiff(16, 0, (65535 - np.array(FOUR) * 257).astype("<u2").tobytes())),
    ],
)
def test_gray_of_any_depth_goes_from_black_to_white(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert np.asarray(decode(tmp_path / name))[0, :, 1].tolist() == FOUR


def png(bits: int, color: int, row: bytes, transparent: bytes) -> bytes:
    """A PNG of one row of four pixels, with a color that stands for transparent."""
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", 4, 1, bits, color, 0, 0, 0),
        b"tRNS": transparent,
        b"IDAT": zlib.compress(b"\0" + row),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(one)) + n + one + struct.pack(">I", zlib.crc32(n + one)) for n, one in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    "content",
    [
        png(2, 0, bytes([0b00_01_10_11]), b"\0\1"),
        png(4, 0, bytes([0x05, 0xAF]), b"\0\5"),
        png(8, 0, bytes(FOUR), b"\0\x55"),
        png(16, 0, (np.array(FOUR) * 257).astype(">u2").tobytes(), b"\x55\x55"),
        png(8, 2, bytes(np.repeat(FOUR, 3).astype("u1")), b"\0\x55" * 3),
    ],
)
def test_a_color_that_stands_for_transparent_is_white(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "image.png").write_bytes(content)
    assert np.asarray(decode(tmp_path / "image.png"))[0, :, 1].tolist() == [0, 255, 170, 255]


def test_a_transparent_color_of_sixteen_bits_is_refused(tmp_path: Path) -> None:
    row = np.repeat(np.array(FOUR) * 257 + [0, 1, 0, 0], 3).astype(">u2").tobytes()
    (tmp_path / "image.png").write_bytes(png(16, 2, row, b"\x55\x55" * 3))
    with pytest.raises(UnreadableImageError, match=r"image.png .*a color that stands for transparent; save it with 8"):
        decode(tmp_path / "image.png")


@pytest.mark.parametrize("mode", ["I", "F"])
def test_thirty_two_bits_are_refused(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (8, 8)).save(tmp_path / "deep.tif")
    with pytest.raises(UnreadableImageError, match=r"deep.tif cannot be read .*32 bits or a sign; save it with 8"):
        decode(tmp_path / "deep.tif")


UPRIGHT = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
TURNS = {  # EXIF orientation: how a camera has stored the upright picture
    1: UPRIGHT, 2: UPRIGHT[:, ::-1], 3: UPRIGHT[::-1, ::-1], 4: UPRIGHT[::-1],
    5: UPRIGHT.T, 6: UPRIGHT.T[::-1], 7: UPRIGHT.T[::-1, ::-1], 8: UPRIGHT.T[:, ::-1],
}  # fmt: skip


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_photo_stands_upright(tmp_path: Path, orientation: int, deep: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = TURNS[orientation].astype(np.uint16) * 257 if deep else TURNS[orientation]
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "photo.png", exif=exif)
    assert np.array_equal(np.asarray(decode(tmp_path / "photo.png"))[..., 0], UPRIGHT)
    images = FileImages(tmp_path, np.array(["photo.png"]), torch.zeros(1), 2, 1.0)
    assert np.array_equal(np.asarray(images.original(0))[..., 1], UPRIGHT)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
def test_what_is_transparent_is_white(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGBA", (2, 1), (10, 10, 10, 255))
    picture.putpixel((1, 0), (10, 10, 10, 0))
    if mode == "P":
        indexed = Image.new("P", (2, 1))
        indexed.putpalette([10, 10, 10, 10, 10, 10])
        indexed.putpixel((1, 0), 1)
        indexed.save(tmp_path / "image.png", transparency=1)
    else:
        picture.convert("LA" if mode == "PA" else mode).save(tmp_path / "image.png")
    assert np.asarray(decode(tmp_path / "image.png")).tolist() == [[[10] * 3, [255] * 3]]


def test_an_image_that_swallows_memory_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "huge.ppm").write_bytes(b"P6 60000 60000 255\n" + bytes(10))
    with pytest.raises(UnreadableImageError, match=r"huge.ppm cannot be read .*decompression bomb"):
        decode(tmp_path / "huge.ppm")
    (tmp_path / "large.ppm").write_bytes(b"P6 9000 10000 255\n" + bytes(10))
    with pytest.raises(UnreadableImageError, match=r"large.ppm cannot be read .*90000000 pixels|9000 x 10000 pixels"):
        decode(tmp_path / "large.ppm")


def test_several_processes_read_what_one_reads(paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = files(paint("photos", count=300, size=(6, 5)))
    alone = read_all(paths, 4, 1.0)
    monkeypatch.setattr(many_files, "MANY", 0)
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
    monkeypatch.setattr(many_files, "MANY", many)
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


@pytest.mark.parametrize("size", [(341, 256), (256, 383), (257, 256), (256, 256)])
def test_a_square_that_keeps_its_size_is_torchvisions_center_crop(size: tuple[int, int], tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "odd.png")
    wanted = center_crop(torch.from_numpy(pixels).permute(2, 0, 1), [224, 224])
    assert np.array_equal(centered(tmp_path / "odd.png", 224, 0.875), wanted.numpy())
