"""Images of files that are held in memory: decoded late, and once for all commands."""

import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import multiprocessing

from mobilenas.data import Augment, ImageData, ImageFolder, decoded
from mobilenas.data.pixel_file import PixelFile

Paint = Callable[..., Path]


def load(root: Path, cache: Path | None, resolution: int = 12, center_share: float = 1.0) -> ImageData:
    return ImageFolder(
        root=str(root), resolution=resolution, augment=Augment(padding=2), search_images=0.2, test_share=0.2,
        split_seed=0, center_share=center_share, in_memory=True, cache=str(cache) if cache else None,
    ).load()  # fmt: skip


@pytest.fixture
def photos(paint: Paint) -> Path:
    return paint("photos/a", "photos/b", count=6)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the number of files each time when some are decoded."""
    counts: list[int] = []
    read_all = decoded.read_all

    def counted(paths: list[Path], *settings: float) -> torch.Tensor:
        counts.append(len(paths))
        return read_all(paths, *settings)

    monkeypatch.setattr(decoded, "read_all", counted)
    return counts


def pixels(data: ImageData) -> torch.Tensor:
    return data.images.centered(range(12))


def the(cache: Path, suffix: str) -> Path:
    (file,) = cache.glob(f"*{suffix}")
    return file


def test_nothing_is_decoded_before_pixels_are_asked_for(photos: Path, decodings: list[int]) -> None:
    data = load(photos, None)
    assert (data.sizes, data.classes, data.resolution) == ({"train": 8, "search": 2, "test": 2}, ("a", "b"), 12)
    data.summary()
    data.check_batch(8)
    assert decodings == []
    pixels(data)
    pixels(data)
    assert decodings == [12]


def test_a_second_command_decodes_nothing_and_sees_the_same(photos: Path, cache: Path, decodings: list[int]) -> None:
    first, second, without = load(photos, cache), load(photos, cache), load(photos, None)
    fingerprints, shown = zip(*((data.fingerprint, pixels(data)) for data in (first, second)), strict=True)
    assert decodings == [12]
    assert len({*fingerprints, without.fingerprint}) == 1
    assert torch.equal(shown[0], shown[1]) and torch.equal(shown[0], pixels(without))
    assert second.normalization == without.normalization


def test_the_fingerprint_does_not_read_pixels_that_are_kept(
    photos: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(photos, cache).fingerprint
    monkeypatch.setattr(PixelFile, "read", None)
    assert load(photos, cache).fingerprint == first


def test_nothing_but_whole_files_is_left_in_the_cache(photos: Path, cache: Path) -> None:
    pixels(load(photos, cache))
    assert sorted(file.suffix for file in cache.iterdir()) == [".json", ".pixels"]
    assert the(cache, ".pixels").stat().st_size == 12 * 3 * 12 * 12


def _changed_content(photos: Path) -> None:
    Image.new("RGB", (12, 12), (1, 2, 3)).save(photos / "a" / "000.png")


def _changed_time(photos: Path) -> None:
    os.utime(photos / "a" / "000.png", (1, 1))


@pytest.mark.parametrize(("change", "same"), [(_changed_content, False), (_changed_time, True)])
def test_a_changed_file_is_decoded_again(
    photos: Path, cache: Path, decodings: list[int], change: Callable[[Path], None], same: bool
) -> None:
    before = load(photos, cache).fingerprint
    change(photos)
    assert (load(photos, cache).fingerprint == before) == same
    assert decodings == [12, 12]


@pytest.mark.parametrize("changes", [{"resolution": 8}, {"center_share": 0.5}])
def test_other_settings_have_pixels_of_their_own(
    photos: Path, cache: Path, changes: dict[str, float], decodings: list[int]
) -> None:
    pixels(load(photos, cache))
    shown = pixels(load(photos, cache, **changes))  # type: ignore[arg-type]
    assert torch.equal(shown, pixels(load(photos, None, **changes)))  # type: ignore[arg-type]
    assert len(decodings) == 3


def _flip(cache: Path) -> None:
    content = bytearray(the(cache, ".pixels").read_bytes())
    content[100] ^= 1
    the(cache, ".pixels").write_bytes(content)


def _shorten(cache: Path) -> None:
    the(cache, ".pixels").write_bytes(the(cache, ".pixels").read_bytes()[:-1])


def _no_head(cache: Path) -> None:
    the(cache, ".json").unlink()


def _no_pixels(cache: Path) -> None:
    the(cache, ".pixels").unlink()


def _bad_head(cache: Path) -> None:
    the(cache, ".json").write_text('{"sha256": "')


@pytest.mark.parametrize("damage", [_flip, _shorten, _no_head, _no_pixels, _bad_head])
def test_a_damaged_cache_is_made_again(
    photos: Path, cache: Path, decodings: list[int], damage: Callable[[Path], None]
) -> None:
    first = load(photos, cache)
    expected, fingerprint = pixels(first).clone(), first.fingerprint
    damage(cache)
    again = load(photos, cache)
    assert again.fingerprint == fingerprint
    assert torch.equal(pixels(again), expected)
    assert torch.equal(pixels(load(photos, cache)), expected)
    assert len(decodings) == 2


def test_pixels_that_are_not_those_of_the_fingerprint_are_refused(photos: Path, cache: Path) -> None:
    pixels(load(photos, cache))
    the(cache, ".json").write_text(f'{{"sha256": "{"0" * 64}"}}')
    with pytest.raises(ValueError, match=f"^The images in {photos} have changed; start the command again.$"):
        pixels(load(photos, cache))
    assert torch.equal(pixels(load(photos, cache)), pixels(load(photos, None)))


def test_a_cache_that_cannot_be_written_is_named(photos: Path, cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(ValueError, match=f"^data.cache: {cache} cannot be written .*data.cache=null"):
        pixels(load(photos, cache))


@pytest.fixture(params=[True, False], ids=["asked before", "not asked"])
def sent(request: pytest.FixtureRequest, photos: Path, cache: Path) -> Iterator[tuple[ImageData, bytes]]:
    data = load(photos, cache)
    if request.param:
        pixels(data)
    yield data, pickle.dumps(data)


def test_another_process_needs_neither_the_files_nor_the_cache(
    sent: tuple[ImageData, bytes], photos: Path, cache: Path
) -> None:
    data, pickled = sent
    expected = pixels(data).clone()
    shutil.rmtree(photos)
    shutil.rmtree(cache)
    received = pickle.loads(pickled)
    assert torch.equal(pixels(received), expected)
    assert received.fingerprint == data.fingerprint


def _check(rank: int, received: ImageData, expected: torch.Tensor) -> None:
    assert torch.equal(pixels(received), expected)


def test_processes_of_torchs_own_get_the_pixels(photos: Path, cache: Path) -> None:
    pixels(load(photos, cache))
    data = load(photos, cache)
    multiprocessing.spawn(_check, (data, pixels(load(photos, None))), nprocs=2)
