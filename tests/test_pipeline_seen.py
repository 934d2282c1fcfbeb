"""Weights tell which images have trained them, and a run that would score on these warns with their number."""

import csv
import logging
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from mobilenas.data import ImageData
from mobilenas.data.marks import marks_of
from mobilenas.files.tensors import read_about, write_tensors
from mobilenas.settings import SettingsError
from mobilenas.stages.retrain_record import RetrainRecord
from mobilenas.training.weights import about_weights, trained_on
from tests.given_weights import (
    ADAPT,
    AROUND,
    BRIEF,
    DIGITS,
    FINE_TUNE,
    MINE,
    NORMALIZATION,
    as_given,
    made,
    planned,
    weights,
)

SAID = re.compile(r"^(\S+): these weights have been trained on (\d+) of the (\d+) images of the split (\w+), so that")
OTHER_SPLIT = "data.split_seed=7"


@pytest.fixture
def given(tmp_path: Path) -> str:
    return f"weights={as_given(tmp_path, 'safetensors', weights())}"


def _said(caplog: pytest.LogCaptureFixture) -> dict[tuple[str, str], tuple[int, int]]:
    """What was said since the last time: setting and split, with how many of how many images."""
    found = [SAID.match(one.getMessage()) for one in caplog.records if one.levelno == logging.WARNING]
    caplog.clear()
    return {(one[1], one[4]): (int(one[2]), int(one[3])) for one in found if one}


def _pixels(data: ImageData, splits: Sequence[str]) -> set[bytes]:
    images = [data.images.centered(data.splits[split].tolist()) for split in splits]
    return {image.numpy().tobytes() for image in torch.cat(images)}


def _counted(before: ImageData, splits: Sequence[str], after: ImageData, split: str) -> tuple[int, int]:
    """How many of how many images of a split have trained, by comparing their pixels."""
    own = _pixels(after, [split])
    return len(own & _pixels(before, splits)), after.sizes[split]


@pytest.mark.parametrize("best", [False, True])
def test_the_same_split_has_seen_no_image_of_test(
    best: bool, given: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = made(tmp_path, *FINE_TUNE, *BRIEF, given, f"recipe.keep_best={str(best).lower()}").run
    assert not _said(caplog)
    again = planned(tmp_path, *ADAPT, *BRIEF, f"weights={first.folder}").run
    count = again.data.sizes["search"]
    assert _said(caplog) == ({} if best else {(f"weights={first.folder}", "search"): (count, count)})
    planned(tmp_path, *FINE_TUNE, f"weights={first.folder}")  # search only trains
    assert not _said(caplog)


def test_another_split_is_told_with_the_number_of_its_images(
    given: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = made(tmp_path, *FINE_TUNE, *BRIEF, given).run
    name = f"weights={first.folder}"
    run = made(tmp_path, *FINE_TUNE, *BRIEF, name, OTHER_SPLIT, "stages=[retrain,report]").run
    expected = _counted(first.data, ("train", "search"), run.data, "test")
    assert 0 < expected[0] < expected[1]
    assert _said(caplog) == {(name, "test"): expected}
    page = (run.folder / "report" / "index.html").read_text()
    assert f"{expected[0]:,} of them had trained the weights that were given" in " ".join(page.split())
    assert "neither training nor search has seen" not in page
    (trained,) = RetrainRecord.load(run.folder / "retrain").networks
    marks = trained_on(read_about(trained.weights), trained.weights)
    seen = len(_pixels(first.data, ("train", "search")) | _pixels(run.data, ("train", "search")))
    assert len(marks) == seen  # what the given weights have seen is not forgotten


def test_a_teacher_and_a_supernet_are_told_too(given: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = made(tmp_path, *FINE_TUNE, *BRIEF, given).run
    around = made(tmp_path, *AROUND, *BRIEF, given, "stages=[profile,supernet]").run
    teacher, supernet = f"recipe.teacher={first.folder}", around.folder / "supernet" / "supernet.safetensors"
    shared = f"evaluator.weights={supernet}"
    run = planned(tmp_path, *AROUND, *BRIEF, given, teacher, shared, OTHER_SPLIT).run
    assert _said(caplog) == {
        (teacher, "test"): _counted(first.data, ("train", "search"), run.data, "test"),
        (shared, "search"): _counted(around.data, ("train",), run.data, "search"),
    }
    run = planned(tmp_path, *AROUND, *BRIEF, given, teacher, OTHER_SPLIT).run  # it teaches the supernet's parent
    assert _said(caplog) == {
        (teacher, split): _counted(first.data, ("train", "search"), run.data, split) for split in ("search", "test")
    }


@pytest.mark.parametrize("preset", [ADAPT, AROUND], ids=["netadapt", "around"])
def test_scores_that_are_too_high_are_told_on_the_page(
    preset: Sequence[str], given: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = made(tmp_path, *FINE_TUNE, *BRIEF, given).run
    stages = "stages=[profile,seed,adapt,report]" if preset == ADAPT else "stages=[profile,supernet,search,report]"
    name = f"weights={first.folder}"
    run = made(tmp_path, *preset, *BRIEF, name, OTHER_SPLIT, stages).run
    count, all_ = _counted(first.data, ("train", "search"), run.data, "search")
    assert _said(caplog) == {(name, "search"): (count, all_)}
    page = " ".join((run.folder / "report" / "index.html").read_text().split())
    assert f"accuracy is too high: {count:,} of the {all_:,} images that it was computed with had trained" in page
    made(tmp_path, *preset, *BRIEF, name, OTHER_SPLIT, stages)
    assert not _said(caplog)  # everything is complete


def test_weights_that_train_nothing_leave_no_marks(
    given: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = made(tmp_path, *FINE_TUNE, *BRIEF, given).run
    with pytest.raises(SettingsError, match="has no effect, because the training begins with new weights"):
        planned(tmp_path, *FINE_TUNE, f"weights={first.folder}", "recipe.init=random")
    brief = (*BRIEF, "recipe.init=random", "method=fair", OTHER_SPLIT)
    run = made(tmp_path, *AROUND, *brief, f"weights={first.folder}").run
    assert {split for _, split in _said(caplog)} == {"search"}  # the supernet inherits, the networks do not
    for one in RetrainRecord.load(run.folder / "retrain").networks:
        marks = trained_on(read_about(one.weights), one.weights)
        assert len(marks) == len(_pixels(run.data, ("train", "search")))


def test_what_a_network_has_begun_with_is_marked_along_the_whole_way(given: str, tmp_path: Path) -> None:
    first = made(tmp_path, *FINE_TUNE, *BRIEF, given).run
    seen = _pixels(first.data, ("train", "search"))
    for preset, more in ((ADAPT, ()), (AROUND, ()), (AROUND, ("recipe.init=supernet",))):
        run = made(tmp_path, *preset, *BRIEF, *more, f"weights={first.folder}", OTHER_SPLIT).run
        for one in RetrainRecord.load(run.folder / "retrain").networks:
            marks = trained_on(read_about(one.weights), one.weights)
            assert len(marks) == len(seen | _pixels(run.data, ("train", "search")))
        if preset == ADAPT:
            kept = sorted((run.folder / "adapt" / "weights").glob("*.safetensors"))
            marks = [trained_on(read_about(path), path) for path in kept]
            assert {len(one) for one in marks} == {len(seen | _pixels(run.data, ("train",)))}
            assert all("network" in read_about(path) for path in kept)


def test_the_same_weights_with_marks_are_another_run(tmp_path: Path) -> None:
    tensors = weights()
    bare = planned(tmp_path, *FINE_TUNE, f"weights={as_given(tmp_path, 'safetensors', tensors)}").run.folder
    about = about_weights(MINE, NORMALIZATION, DIGITS, marks_of([b"one"]))
    write_tensors(tmp_path / "marked.safetensors", tensors, about)
    assert planned(tmp_path, *FINE_TUNE, f"weights={tmp_path / 'marked.safetensors'}").run.folder != bare


@pytest.mark.parametrize("method", ["gumbel", "binarized", "fair"])
def test_a_supernet_whose_architecture_learns_has_seen_the_images_that_steer_it(
    method: str, given: str, tmp_path: Path
) -> None:
    run = made(
        tmp_path, *AROUND, *BRIEF, given, f"method={method}", "supernet_recipe.epochs=2", "stages=[profile,supernet]"
    ).run
    path = run.folder / "supernet" / "supernet.safetensors"
    splits = ("train",) if method == "fair" else ("train", "search")
    assert len(trained_on(read_about(path), path)) == len(_pixels(run.data, splits))


def test_weights_of_another_program_tell_nothing(given: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = made(tmp_path, *FINE_TUNE, *BRIEF, given, "stages=[retrain,report]").run
    assert not _said(caplog)
    assert "neither training nor search has seen" in " ".join(
        (run.folder / "report" / "index.html").read_text().split()
    )
    rows = list(csv.DictReader((run.folder / "report" / "networks.csv").read_text().splitlines()))
    assert rows[0]["test_accuracy"]
