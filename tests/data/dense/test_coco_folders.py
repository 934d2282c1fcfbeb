"""The splits of a data set in COCO's format, by the names of files and folders."""

from pathlib import Path

import pytest

from mobilenas.data.dense import coco_splits


def _make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}")
        else:
            path.mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("splits", [("train",), ("train", "val"), ("train", "test"), ("train", "val", "test")])
def test_files_and_folders_may_have_the_names_of_the_splits(tmp_path: Path, splits: tuple[str, ...]) -> None:
    _make(tmp_path, *splits, *(f"{split}.json" for split in splits))
    assert coco_splits(tmp_path) == {split: (tmp_path / f"{split}.json", tmp_path / split) for split in splits}


@pytest.mark.parametrize("year", ["2014", "2017", ""])
def test_cocos_own_names_of_any_year_are_known(tmp_path: Path, year: str) -> None:
    lists = [f"instances_train{year}.json", f"instances_val{year}.json", f"person_keypoints_val{year}.json"]
    _make(tmp_path, f"train{year}", f"val{year}", *(f"annotations/{name}" for name in lists))
    assert coco_splits(tmp_path) == {
        "train": (tmp_path / "annotations" / lists[0], tmp_path / f"train{year}"),
        "val": (tmp_path / "annotations" / lists[1], tmp_path / f"val{year}"),
    }


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "has neither train.json with a folder train, nor"),
        (["val.json", "val"], "has neither train.json"),
        (["train.json"], r"/train is missing in .*: a split needs both train.json and the folder train\.$"),
        (["train.json", "train", "val"], r"/val.json is missing in .*: a split needs both val.json and the folder val"),
        (["annotations/instances_train2017.json"], r"needs both annotations/instances_train2017.json and the folder"),
        (["annotations/instances_val2017.json", "val2017"], "has neither train.json"),
        (
            ["annotations/instances_train2014.json", "annotations/instances_train2017.json", "train2014", "train2017"],
            "has both instances_train2014.json and instances_train2017.json",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, names: list[str], sentence: str) -> None:
    _make(tmp_path, *names)
    with pytest.raises(ValueError, match=r"^[^\n]*$") as error:
        coco_splits(tmp_path)
    assert error.match(sentence)
