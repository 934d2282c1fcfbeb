"""Files are checked in a fast way, whose verdict is that of decoding them."""

import random
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data import decode as decoding
from mobilenas.data import many_files
from mobilenas.data.decode import UnreadableImageError, check_all, decode, levels_of_all, read_all

Paint = Callable[..., Path]
Damage = Callable[[bytes, int, random.Random], bytes]

DAMAGES: MappingProxyType[str, Damage] = MappingProxyType(
    {
        "none": lambda whole, _, __: whole,
        "cut": lambda whole, place, _: whole[:place],
        "its last bytes cut": lambda whole, _, __: whole[:-8],
        "zeros to the end": lambda whole, place, _: whole[:place] + bytes(len(whole) - place),
        "a block of zeros": lambda whole, place, _: whole[:place] + bytes(100) + whole[place + 100 :],
        "a block of noise": lambda whole, place, draw: whole[:place] + draw.randbytes(100) + whole[place + 100 :],
        "a bit": lambda whole, place, draw: whole[:place] + bytes([whole[place] ^ draw.randrange(1, 256)])
        + whole[place + 1 :],
        "a block lost": lambda whole, place, _: whole[:place] + whole[place + 100 :],
        "more behind it": lambda whole, _, draw: whole + draw.randbytes(50),
    }
)  # fmt: skip
KINDS = ("jpg", "gray.jpg", "cmyk.jpg", "progressive.jpg", "turned.jpg", "png", "webp", "bmp", "tiff", "gif")
LOSES_ITS_END = ("cut", "its last bytes cut", "zeros to the end")


def _write(path: Path, kind: str, draw: random.Random) -> bytes:
    pixels = np.frombuffer(draw.randbytes(3 * 40 * 30), np.uint8).reshape(30, 40, 3)
    image, exif = Image.fromarray(pixels), Image.Exif()
    exif[0x0112] = 6
    first = kind.partition(".")[0]
    image = image.convert({"gray": "L", "cmyk": "CMYK"}.get(first, "RGB"))
    image.save(
        path, **({"exif": exif} if first == "turned" else {}), **({"progressive": True} if "pro" in kind else {})
    )
    return path.read_bytes()


def _is_refused(read: Callable[..., object], *arguments: object) -> bool:
    try:
        read(*arguments)
    except UnreadableImageError:
        return True
    return False


def _compare(folder: Path, kind: str, damage: str, wholly: bool) -> None:
    """Compares the verdict of a check with that of decoding, for some damaged images."""
    draw = random.Random(f"{kind} {damage}")
    for number in range(15):
        path = folder / f"{number}.{kind}"
        whole = _write(path, kind, draw)
        path.write_bytes(DAMAGES[damage](whole, draw.randrange(len(whole)), draw))
        assert _is_refused(check_all, [str(path)], [wholly]) == _is_refused(decode, path), number


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_check_finds_what_decoding_finds(kind: str, damage: str, tmp_path: Path) -> None:
    _compare(tmp_path, kind, damage, wholly=True)


@pytest.mark.parametrize("damage", LOSES_ITS_END)
@pytest.mark.parametrize("kind", KINDS)
def test_a_look_at_head_and_end_finds_a_lost_end(kind: str, damage: str, tmp_path: Path) -> None:
    _compare(tmp_path, kind, damage, wholly=False)


def test_whole_images_are_not_decoded_for_a_look_at_head_and_end(paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [str(next(paint(kind, count=1, suffix=kind).iterdir())) for kind in ("jpg", "png", "bmp")]
    decoded = list[str]()
    seen = decoding._seen

    def noted(image: Image.Image) -> Image.Image:
        decoded.append(str(image.format))
        return seen(image)

    monkeypatch.setattr(decoding, "_seen", noted)
    check_all(names, [False] * 3)
    assert decoded == ["BMP"]
    check_all(names, [True] * 3)
    assert decoded == ["BMP", "JPEG", "PNG", "BMP"]


@pytest.mark.parametrize("many", [0, 1000])
def test_levels_are_counted_as_one_would(paint: Paint, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(many_files, "MANY", many)
    paths = sorted(paint("photos", count=140, size=(17, 11), suffix="jpg").rglob("*.jpg"))
    pixels = read_all(paths, 8, 0.9)
    wanted = [[(pixels[:, channel] == value).sum() for value in range(256)] for channel in range(3)]
    assert torch.equal(levels_of_all(list(map(str, paths)), 8, 0.9), torch.tensor(wanted))
