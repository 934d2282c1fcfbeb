"""A file is whole at every moment, and its hash tells whether it still is as it was written."""

import os
from pathlib import Path

import pytest

from mobilenas.files.whole import is_sealed, read_whole, remove, replacing, seal, write_text


def test_a_file_takes_its_place_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    with replacing(path) as new:
        new.write_text("half")
        assert not path.exists()
    assert path.read_text() == "half"


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")
    with pytest.raises(OSError, match="disk is full"), replacing(path) as new:
        new.write_text("ne")
        raise OSError("the disk is full")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_a_file_is_sealed_as_long_as_it_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert not is_sealed(path)
    path.write_bytes(b"12345678")
    assert not is_sealed(path)
    seal(path)
    assert is_sealed(path)
    path.write_bytes(b"12345679")
    assert not is_sealed(path)


def test_a_kill_between_hash_and_file_leaves_the_old_file_sealed(tmp_path: Path) -> None:
    path, new = tmp_path / "file", tmp_path / "new"
    path.write_bytes(b"old")
    seal(path)
    new.write_bytes(b"new")
    seal(path, new)
    assert is_sealed(path)  # and here the process may end
    new.replace(path)
    assert is_sealed(path)


@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"0000000000000000\n"])
def test_a_damaged_hash_seals_nothing(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345678")
    seal(path)
    (tmp_path / "file.sha256").write_bytes(damage)
    assert not is_sealed(path)


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "record.json").mkdir()
    with pytest.raises(ValueError, match=r"record.json is a folder, and a file must be written there"):
        write_text(tmp_path / "record.json", "text")


def test_only_a_file_of_a_bounded_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_whole(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match=r"^it has 5 bytes, more than 4$"):
        read_whole(tmp_path / "file", 4)
    os.mkfifo(tmp_path / "pipe")
    for name in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ValueError, match=r"^it is no file$"):
            read_whole(name, 100)


@pytest.mark.parametrize("kind", ["file", "folder", "link to a folder", "broken link", "nothing"])
def test_anything_is_removed_but_not_what_a_link_leads_to(kind: str, tmp_path: Path) -> None:
    place, kept = tmp_path / "place", tmp_path / "kept"
    (kept / "within").mkdir(parents=True)
    if kind == "file":
        place.write_text("text")
    elif kind == "folder":
        (place / "within").mkdir(parents=True)
    elif "link" in kind:
        place.symlink_to(kept if kind.startswith("link") else tmp_path / "nowhere")
    remove(place)
    assert not place.exists() and not place.is_symlink()
    assert (kept / "within").is_dir()
