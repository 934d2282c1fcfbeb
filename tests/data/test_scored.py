"""Which folder's images a trained network is scored on."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mobilenas.data.scored import scored_folder


def _make(root: Path, folders: Sequence[str]) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return root


@pytest.mark.parametrize(
    ("folders", "split", "expected"),
    [
        (("cat", "dog"), None, ""),
        (("val/cat", "val/dog"), None, "val"),
        (("train/cat", "val/cat"), None, "val"),
        (("train/cat", "test/cat"), None, "test"),
        (("train/cat", "val/cat", "test/cat"), None, "test"),
        (("train/cat", "val/cat", "test/cat"), "val", "val"),
        (("train/cat", "val/cat", "test/cat"), "train", "train"),
        (("train/cat",), "train", "train"),
        (("test/cat", ".git"), None, "test"),
    ],
)
def test_the_split_is_found(folders: Sequence[str], split: str | None, expected: str, tmp_path: Path) -> None:
    assert scored_folder(_make(tmp_path, folders), split) == tmp_path / expected


@pytest.mark.parametrize(
    ("folders", "split", "said"),
    [
        (("cat", "dog"), "val", "has no folder val, only cat, dog: leave out --split"),
        (("train/cat",), None, "only the images of training: give --split train"),
        (("train/cat", "val/cat"), "test", "has no folder test: choose from val, train"),
        (("val/cat", "cat"), None, "the folders val and cat: it must have only"),
        (("validation/cat",), None, "call it val"),
        ((), None, "has no folders"),
    ],
)
def test_a_folder_that_can_be_meant_in_two_ways_is_refused(
    folders: Sequence[str], split: str | None, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=said):
        scored_folder(_make(tmp_path, folders), split)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no folder .*/photos: give a folder"):
        scored_folder(tmp_path / "photos")
