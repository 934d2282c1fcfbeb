"""A stage's folder: complete or not, made from these settings or from others."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mobilenas.files.artifact import Artifact
from mobilenas.files.hashes import fingerprint


def test_an_artifact_is_complete_once_it_is_finished(tmp_path: Path) -> None:
    artifact = Artifact(tmp_path / "run" / "search", "a")
    assert not artifact.complete
    artifact.begin()
    assert not artifact.complete
    artifact.finish()
    assert artifact.complete


def test_an_artifact_of_other_settings_is_not_complete(tmp_path: Path) -> None:
    artifact = Artifact(tmp_path / "search", "a")
    artifact.begin()
    artifact.finish()
    assert not Artifact(tmp_path / "search", "b").complete


def test_what_an_interrupted_stage_left_is_kept(tmp_path: Path) -> None:
    Artifact(tmp_path / "search", "a").begin()
    (tmp_path / "search" / "half").write_text("work")
    Artifact(tmp_path / "search", "a").begin()
    assert (tmp_path / "search" / "half").read_text() == "work"


def test_what_other_settings_left_is_removed(tmp_path: Path) -> None:
    Artifact(tmp_path / "search", "a").begin()
    (tmp_path / "search" / "half").write_text("work")
    Artifact(tmp_path / "search", "b").begin()
    assert not (tmp_path / "search" / "half").exists()


def test_a_damaged_mark_is_no_mark(tmp_path: Path) -> None:
    artifact = Artifact(tmp_path / "search", "a")
    artifact.begin()
    (tmp_path / "search" / "artifact.json").write_text('{"finger')
    assert not artifact.complete


def test_the_complete_artifact_of_another_run_is_taken(tmp_path: Path) -> None:
    for name, mark in (("one", "b"), ("two", "a")):
        other = Artifact(tmp_path / name / "supernet", mark)
        other.begin()
        (other.folder / "weights").write_text(name)
        other.finish()
    artifact = Artifact(tmp_path / "three" / "supernet", "a")
    assert artifact.adopt(tmp_path) == tmp_path / "two"
    assert artifact.complete
    assert (artifact.folder / "weights").read_text() == "two"


def test_an_unfinished_artifact_is_not_taken(tmp_path: Path) -> None:
    Artifact(tmp_path / "one" / "supernet", "a").begin()
    assert Artifact(tmp_path / "two" / "supernet", "a").adopt(tmp_path) is None


def test_a_copy_that_breaks_off_leaves_no_artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Artifact(tmp_path / "one" / "supernet", "a")
    other.begin()
    (other.folder / "weights").write_text("heavy")
    other.finish()

    def broken(path: Path, copy: Path) -> Path:
        if path.name == "weights":
            raise KeyboardInterrupt
        return copy_file(path, copy)

    copy_file = shutil.copyfile
    monkeypatch.setattr(shutil, "copyfile", broken)
    artifact = Artifact(tmp_path / "two" / "supernet", "a")
    with pytest.raises(KeyboardInterrupt):
        artifact.adopt(tmp_path)
    assert not artifact.complete
    assert list((tmp_path / "two").iterdir()) == []


def test_only_the_files_that_an_artifact_lists_are_taken(tmp_path: Path) -> None:
    other = Artifact(tmp_path / "one" / "supernet", "a")
    other.begin()
    (other.folder / "chosen").mkdir()
    (other.folder / "chosen" / "weights").write_text("heavy")
    other.finish()
    (other.folder / "endless").symlink_to("/dev/zero")
    (other.folder / "private").symlink_to("/etc/passwd")
    artifact = Artifact(tmp_path / "two" / "supernet", "a")
    assert artifact.adopt(tmp_path) == other.folder.parent
    files = {path.relative_to(artifact.folder).as_posix() for path in artifact.folder.rglob("*") if path.is_file()}
    assert files == {"begun.json", "artifact.json", "chosen/weights"}


def test_a_folder_that_is_a_link_is_not_written(tmp_path: Path) -> None:
    target = Artifact(tmp_path / "elsewhere", "a")
    target.begin()
    (tmp_path / "search").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=f"^{tmp_path}/search is a link to another folder: remove the link"):
        Artifact(tmp_path / "search", "a").begin()
    with pytest.raises(ValueError, match="is a link"):
        Artifact(tmp_path / "search", "b").begin()
    assert (tmp_path / "elsewhere" / "begun.json").is_file()


@pytest.mark.parametrize("name", ["begun.json", "artifact.json", "weights"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file_is_made_again(name: str, kind: str, tmp_path: Path) -> None:
    artifact = Artifact(tmp_path / "supernet", "a")
    artifact.begin()
    (artifact.folder / "weights").write_text("heavy")
    artifact.finish()
    place = artifact.folder / name
    place.unlink()
    if kind == "folder":
        (place / "within").mkdir(parents=True)
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    assert artifact.complete == (name == "begun.json")
    artifact.begin()
    (artifact.folder / "weights").write_text("heavy")
    artifact.finish()
    assert artifact.complete


def test_a_file_in_the_place_of_the_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "search").write_text("no folder")
    Artifact(tmp_path / "search", "a").begin()
    assert (tmp_path / "search" / "begun.json").is_file()


def test_the_fingerprint_depends_on_content_and_not_on_order() -> None:
    assert fingerprint({"a": 1, "b": [2, 3]}) == fingerprint({"b": [2, 3], "a": 1})
    assert fingerprint({"a": 1, "b": [2, 3]}) != fingerprint({"a": 1, "b": [3, 2]})


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "a bit": lambda content: bytes([content[0] ^ 1]) + content[1:],
}


def _complete(folder: Path) -> tuple[Artifact, Path]:
    """A complete artifact with a file that is read later, and one that is not."""
    artifact = Artifact(folder / "run" / "supernet", "a")
    artifact.begin()
    weights = artifact.folder / "deep" / "weights.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"12345678")
    (artifact.folder / "deep" / "logs").mkdir()
    (artifact.folder / "deep" / "logs" / "metrics.csv").write_text("loss")
    artifact.finish({"top1": 0.5})
    assert artifact.complete and artifact.damaged == ()
    return artifact, weights


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_artifact_with_a_damaged_file_is_not_complete(damage: str, tmp_path: Path) -> None:
    artifact, weights = _complete(tmp_path)
    weights.write_bytes(DAMAGES[damage](weights.read_bytes()))
    assert not artifact.complete and artifact.damaged == ("deep/weights.safetensors",)
    assert Artifact(tmp_path / "other" / "supernet", "a").adopt(tmp_path) is None


def test_an_artifact_that_has_lost_a_file_is_not_complete(tmp_path: Path) -> None:
    artifact, weights = _complete(tmp_path)
    weights.unlink()
    assert not artifact.complete and artifact.damaged == ("deep/weights.safetensors",)


def test_a_log_that_is_removed_or_changed_leaves_an_artifact_complete(tmp_path: Path) -> None:
    artifact, weights = _complete(tmp_path)
    (weights.parent / "logs" / "metrics.csv").write_text("sent")
    assert artifact.complete
    (weights.parent / "logs" / "metrics.csv").unlink()
    assert artifact.complete


def test_a_stage_that_is_run_again_finds_no_damaged_file(tmp_path: Path) -> None:
    artifact, weights = _complete(tmp_path)
    weights.write_bytes(b"1234567")
    (artifact.folder / "whole").write_text("not in the list")
    artifact.begin()
    assert not weights.exists() and (artifact.folder / "whole").exists()
    assert not (artifact.folder / "artifact.json").exists()


@pytest.mark.parametrize("name", ["../../precious", "/tmp/precious", "deep/../../precious"])
def test_a_mark_from_elsewhere_names_no_file_outside_the_folder(name: str, tmp_path: Path) -> None:
    artifact, _ = _complete(tmp_path)
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "run" / "precious").write_text("mine")
    mark = {"fingerprint": "a", "files": {name: "0123456789abcdef"}}
    (artifact.folder / "artifact.json").write_text(json.dumps(mark))
    assert not artifact.complete and artifact.damaged == ()
    artifact.begin()
    assert (tmp_path / "precious").exists() and (tmp_path / "run" / "precious").exists()


@pytest.mark.parametrize("files", ["", '"files": []', '"files": {"x": "0123"}', '"files": {"x": 5}', '"Files": {}'])
def test_a_mark_without_a_right_list_of_files_is_no_mark(files: str, tmp_path: Path) -> None:
    artifact, _ = _complete(tmp_path)
    (artifact.folder / "artifact.json").write_text(f'{{"fingerprint": "a"{files and f", {files}"}}}')
    assert not artifact.complete


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_damage_of_the_marks_makes_an_artifact_complete_that_is_not(damage: str, tmp_path: Path) -> None:
    for mark in ("artifact.json", "begun.json"):
        artifact, weights = _complete(tmp_path / mark)
        weights.write_bytes(b"1234567")
        (artifact.folder / mark).write_bytes(DAMAGES[damage]((artifact.folder / mark).read_bytes()))
        assert not artifact.complete
        artifact.begin()
        assert artifact.folder.is_dir()
