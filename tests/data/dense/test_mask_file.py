"""Reading the file of a mask."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from mobilenas.data.dense import load_mask
from mobilenas.data.dense.mask_file import labels_in
from tests.data.hostile_images import HOSTILE

LEVELS = np.array([[0, 1, 2], [3, 255, 11]], np.uint8)


@pytest.mark.parametrize("mode", ["L", "P"])
def test_gray_and_palette_indices_are_labels(save: Any, mode: str) -> None:
    mask = load_mask(save("mask.png", LEVELS, mode), range(4), (255, 11))
    assert mask.dtype == torch.uint8
    assert mask.tolist() == [[0, 1, 2], [3, 255, 255]]
    assert labels_in(save("mask.png", LEVELS, mode)) == {0, 1, 2, 3, 11, 255}


def test_one_bit_is_the_labels_0_and_1(save: Any) -> None:
    path = save("mask.png", np.array([[0, 255], [255, 0]], np.uint8), "1")
    with Image.open(path) as image:
        assert image.mode == "1"
    assert load_mask(path, (0, 1), (255,)).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("bits", [2, 4])
def test_gray_of_few_bits_keeps_its_labels(tmp_path: Path, bits: int) -> None:
    """Pillow writes no such file, so that the bytes are written here."""
    import zlib

    from tests.data.hostile_images import png

    rows = {2: bytes([0, 0b00_01_10_11]), 4: bytes([0, 0x01, 0x23])}[bits]  # four pixels after the byte of the filter
    content = bytearray(png(4, 1, zlib.compress(rows), kind=0))
    content[24] = bits
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (tmp_path / "mask.png").write_bytes(content)
    assert load_mask(tmp_path / "mask.png", range(4), ()).tolist() == [[0, 1, 2, 3]]


def test_labels_are_mapped_to_the_order_of_the_classes(save: Any) -> None:
    assert load_mask(save("mask.png", LEVELS), (11, 0, 3), (1, 2, 255)).tolist() == [[1, 255, 255], [2, 255, 0]]


def test_an_unknown_label_is_refused_with_its_file_and_the_way_out(save: Any) -> None:
    with pytest.raises(
        ValueError,
        match=r"^[^\n]*mask\.png has pixels of the label 11, which is neither one of the 4.*ignore 11 \(data\.ignored,",
    ):
        load_mask(save("mask.png", LEVELS), range(4), (255,))


def test_16_bits_are_refused(save: Any) -> None:
    with pytest.raises(ValueError, match=r"mask\.png cannot be read as a mask \(its pixels are gray of 16 bits"):
        load_mask(save("mask.png", LEVELS.astype(np.uint16)), range(4), (255,))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_colours_are_refused(save: Any, mode: str) -> None:
    with pytest.raises(ValueError, match=rf"its pixels are colours \({mode}\).*save its labels as a PNG"):
        load_mask(save("mask.png", LEVELS, mode), range(4), (255,))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_files_are_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "mask.png").write_bytes(HOSTILE[name]())
    with pytest.raises(ValueError, match=r"^[^\n]*mask\.png cannot be read as a mask[^\n]*\.$"):
        load_mask(tmp_path / "mask.png", range(4), (255,))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no such file"):
        load_mask(tmp_path / "mask.png", (0, 1), ())
    with pytest.raises(ValueError, match=r"it is no file"):
        load_mask(tmp_path, (0, 1), ())
