"""A run whose images have changed is not continued, and the sentence says what has changed."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.data.inventory import changes_between
from mobilenas.hardware import LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.pipeline import Plan, plan, run
from tests.photos import make_photos

SMALL = ("experiment=moga", "data=image_folder", "data.cache=null", "data.resolution=8", "recipe.batch_size=8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_photos(tmp_path / "photos", 20)
    monkeypatch.chdir(tmp_path)
    space = composed(*SMALL, "data.root=photos").search_space.space(2, 8)
    LatencyTable(dict.fromkeys(layers_of(space), 0.1)).save(tmp_path / "phone.csv")
    return tmp_path


def planned(*more: str) -> Plan:
    given = ("data.root=photos", "hardware=table", "hardware.path=phone.csv", "stages=[profile]")
    return plan(composed(*SMALL, *given, "supernet_recipe.batch_size=8", *more), "stage: settings\n")


def begun(place: Path) -> Path:
    """A run whose profile is complete, and whose supernet was begun."""
    made = planned()
    run(made)
    (made.run.folder / "supernet").mkdir()
    return made.run.folder


def a_photo(place: Path) -> Path:
    return sorted(one for one in (place / "photos").rglob("*") if one.is_file())[0]


def test_a_run_that_was_begun_with_other_images_is_refused_with_what_has_changed(place: Path) -> None:
    folder, photo = begun(place), a_photo(place)
    shutil.copy(photo, photo.with_name(f"new{photo.suffix}"))
    later = planned()
    assert later.run.folder != folder  # without a word it would begin from nothing
    with pytest.raises(ValueError, match="the images have changed since") as refused:
        run(later)
    said = str(refused.value)
    assert str(folder) in said and "fresh=true" in said and photo.parent.name in said
    run(later, fresh=True)
    photo.with_name(f"new{photo.suffix}").unlink()
    run(planned())


def test_a_photo_of_another_size_is_a_change_although_its_name_is_the_same(place: Path) -> None:
    folder, photo = begun(place), a_photo(place)
    shutil.rmtree(folder / "profile")
    photo.write_bytes(photo.read_bytes() + b"more")
    with pytest.raises(ValueError, match="other files among the"):
        run(planned())


def test_a_photo_that_could_not_be_read_can_be_replaced_before_a_stage_was_begun(place: Path) -> None:
    photo = a_photo(place)
    content = photo.read_bytes()
    photo.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="replace it or remove it"):
        run(planned("data.in_memory=false"))
    photo.write_bytes(content)
    run(planned("data.in_memory=false"))


def test_a_complete_run_only_tells_that_its_images_were_others(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = planned()
    run(made)
    a_photo(place).unlink()
    with caplog.at_level(logging.WARNING):
        run(planned())
    assert f"{made.run.folder} was made with other images" in caplog.text
    run(made)  # complete: nothing is to be done


def test_a_folder_that_is_moved_is_the_same(place: Path) -> None:
    folder = begun(place)
    shutil.rmtree(folder / "profile")
    shutil.copytree(place / "photos", place / "elsewhere")
    shutil.rmtree(place / "photos")
    (place / "elsewhere").rename(place / "photos")
    run(planned())
    assert (folder / "profile" / "artifact.json").is_file()


def test_changes_are_told_by_split_and_class_and_many_are_counted() -> None:
    before = {"train": {str(number): (10, "a") for number in range(9)}, "test": {"0": (5, "b")}}
    now = {"train": {str(number): (12, "c") for number in range(9)}, "test": {"0": (5, "d")}, "search": {"": (1, "e")}}
    found = changes_between(before, json.loads(json.dumps(now)))
    assert found[0] == "train: 12 images of 0 instead of 10"
    assert len(found) == 6 and found[-1] == "6 other changes"
    assert changes_between(before, json.loads(json.dumps(before))) == []
    assert changes_between({"test": {"0": (5, "b")}}, {"test": {"0": (5, "d")}}) == [
        "test: other files among the 5 images of 0"
    ]
    assert changes_between({}, {"search": {"": (1, "e")}}) == ["search: 1 image instead of 0"]
