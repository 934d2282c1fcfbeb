"""A stage's folder: complete or not, made from these settings or from others."""

import shutil
from functools import partial
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

    def broken(name: str, copy: str) -> str:
        if name.endswith("weights"):
            raise KeyboardInterrupt
        return str(shutil.copy2(name, copy))

    monkeypatch.setattr(shutil, "copytree", partial(shutil.copytree, copy_function=broken))
    artifact = Artifact(tmp_path / "two" / "supernet", "a")
    with pytest.raises(KeyboardInterrupt):
        artifact.adopt(tmp_path)
    assert not artifact.complete


def test_the_fingerprint_depends_on_content_and_not_on_order() -> None:
    assert fingerprint({"a": 1, "b": [2, 3]}) == fingerprint({"b": [2, 3], "a": 1})
    assert fingerprint({"a": 1, "b": [2, 3]}) != fingerprint({"a": 1, "b": [3, 2]})


@pytest.mark.parametrize("damage", ["removed", "emptied", "cut"])
def test_an_artifact_that_has_lost_a_file_is_not_complete(damage: str, tmp_path: Path) -> None:
    artifact = Artifact(tmp_path / "run" / "supernet", "a")
    artifact.begin()
    weights = artifact.folder / "deep" / "weights.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"12345678")
    (artifact.folder / "logs").mkdir()
    (artifact.folder / "logs" / "metrics.csv").write_text("loss")
    artifact.finish({"top1": 0.5})
    assert artifact.complete and artifact.missing == ()
    (artifact.folder / "logs" / "metrics.csv").unlink()  # is not read again
    assert artifact.complete
    weights.unlink() if damage == "removed" else weights.write_bytes(b"" if damage == "emptied" else b"1234")
    assert not artifact.complete and artifact.missing == ("deep/weights.safetensors",)
    assert Artifact(tmp_path / "other" / "supernet", "a").adopt(tmp_path) is None


def test_an_artifact_of_an_older_version_has_no_list_of_files(tmp_path: Path) -> None:
    artifact = Artifact(tmp_path / "search", "a")
    artifact.begin()
    (tmp_path / "search" / "artifact.json").write_text('{"fingerprint": "a"}')
    assert artifact.complete
