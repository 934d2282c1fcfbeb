"""``mobilenas-compare``: what it refuses, what it leaves out, and its page in a browser that sees every request."""

import csv
import shutil
from pathlib import Path

import pytest

from mobilenas.commands.compare import main
from mobilenas.comparison.compared_run import read_compared
from mobilenas.evaluation import Evaluation, Store
from tests.comparison.runs import write_search

DATA = {"_target_": "mobilenas.data.ImageFolder", "root": "photos", "resolution": 32, "split_seed": 0}


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_runs_of_another_task_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_search(tmp_path / "a")
    write_search(tmp_path / "b", 1, {"task": {"_target_": "mobilenas.task.Detection"}})
    assert "they have other tasks" in refused(capsys, tmp_path / "a", tmp_path / "b")


def test_runs_of_other_splits_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_search(tmp_path / "a")
    write_search(tmp_path / "b", 1, {"data": DATA | {"split_seed": 1}}, images="others")
    said = refused(capsys, tmp_path / "a", tmp_path / "b")
    assert f"{tmp_path / 'a'} and {tmp_path / 'b'} cannot be compared: they have other images or splits" in said
    assert "(data.split_seed: 0 and 1)" in said


def test_runs_of_other_images_in_the_same_folder_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_search(tmp_path / "a")
    write_search(tmp_path / "b", 1, images="one more photo")
    assert "they have other images or splits." in refused(capsys, tmp_path / "a", tmp_path / "b")


def test_the_same_images_in_another_folder_or_of_another_size_are_compared(tmp_path: Path) -> None:
    write_search(tmp_path / "a")
    write_search(tmp_path / "b", 1, {"data": DATA | {"root": "/mnt/photos"}})
    write_search(tmp_path / "c", 2, {"data": DATA | {"resolution": 64}}, images="as seen at another size")
    main([str(tmp_path / name) for name in "abc"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere is not a folder: give the folders of runs"),
        (["a", "--target-ms", "-1"], "--target-ms must be a number of milliseconds above 0, not -1."),
        (["a", "--reference", "5"], "--reference must be milliseconds above 0 and an accuracy from 0 to 1"),
        (["a", "--reference", "5,2"], "as in 0.2,0.1, not '5,2'."),
        (["empty"], "No run can be compared: empty is not the folder of a run: it has no config.yaml."),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_search(tmp_path / "a")
    (tmp_path / "empty").mkdir()
    assert said in refused(capsys, *arguments)


def test_runs_that_are_not_complete_are_left_out_with_their_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        write_search(tmp_path / name)
    (tmp_path / "b" / "search" / "artifact.json").unlink()
    main([str(tmp_path / "a"), str(tmp_path / "b"), "--output", str(tmp_path / "out")])
    reason = f"{tmp_path / 'b'} has no complete search (profile, supernet is complete)"
    assert f"Left out: {reason}" in capsys.readouterr().out
    assert reason in (tmp_path / "out" / "index.html").read_text()


def test_the_tables_have_a_row_for_each_run_and_each_group(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_search(tmp_path / f"run-{seed}", seed)
    main([*map(str, sorted(tmp_path.glob("run-*"))), "--output", str(tmp_path / "out"), "--target-ms", "4"])
    with (tmp_path / "out" / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["seed"], row["evaluations"], row["failures"], row["search_seconds"]) for row in rows] == [
        ("0", "32", "2", "10.0"), ("1", "32", "2", "10.0"),
    ]  # fmt: skip
    for seed, row in enumerate(rows):
        own = [one.accuracy for one in read_compared(tmp_path / f"run-{seed}").evaluations if one.latency_ms <= 4]
        assert float(row["best_within_4_ms"]) == max(own)
    assert len((tmp_path / "out" / "groups.csv").read_text().splitlines()) == 2


def test_the_stores_of_runs_are_put_together_with_what_did_not_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = Evaluation((0, 1), 0.5, 1.0, 10, 20), Evaluation((0, 1), 0.0, 1.0, 10, 20, "its process died")
    other = Evaluation((1, 1), 0.25, 2.0, 10, 20)
    for name, kept in {"a": {"one": [bad]}, "b": {"one": [good, other], "two": [other]}, "c": {"one": [bad]}}.items():
        write_search(tmp_path / name, ord(name))
        with Store(tmp_path / name / "search" / "evaluations.sqlite") as store:
            for context, evaluations in kept.items():
                for one in evaluations:
                    store.put(context, one)
    runs, whole = [str(tmp_path / name) for name in "abcb"], tmp_path / "whole.sqlite"
    main([*runs, "--output", str(tmp_path / "out"), "--store", str(whole)])
    assert capsys.readouterr().out.startswith(f"{whole}: 3 evaluations, with those of 3 stores\n")
    with Store(whole) as store:
        assert store.contexts() == ["one", "two"]
        assert (store.all("one"), store.all("two")) == ([good, other], [other])


def test_a_store_of_one_of_the_runs_is_not_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = [tmp_path / name / "search" / "evaluations.sqlite" for name in "ab"]
    for number, path in enumerate(own):
        write_search(tmp_path / "ab"[number], number)
        with Store(path) as store:
            store.put("one", Evaluation((number, 1), 0.5, 1.0, 10, 20))
    write_search(tmp_path / "c", 2)  # without a store
    for place in (own[0], tmp_path / "c" / "search" / "evaluations.sqlite"):
        said = refused(capsys, *(tmp_path / name for name in "abc"), "--store", place)
        assert "is the place of a run's own store: name another file" in said
    assert not place.exists()
    with Store(own[0]) as store:
        assert [one.architecture for one in store.all("one")] == [(0, 1)]


def test_a_store_without_a_folder_or_without_evaluations_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_search(tmp_path / "a")
    assert "make the folder" in refused(capsys, tmp_path / "a", "--store", tmp_path / "none" / "b.sqlite")
    assert "nothing to put together" in refused(capsys, tmp_path / "a", "--store", tmp_path / "b.sqlite")
    assert not (tmp_path / "b.sqlite").exists()


def test_names_from_elsewhere_are_text_on_the_page(tmp_path: Path) -> None:
    write_search(tmp_path / "a", settings={"name": "<script>alert(1)</script>"})
    write_search(tmp_path / "b", settings={"name": "b"})
    main([str(tmp_path / "a"), str(tmp_path / "b"), "--output", str(tmp_path / "out")])
    page = (tmp_path / "out" / "index.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_the_page_asks_for_nothing_and_fits_the_screen(width: int, scheme: str, tmp_path: Path) -> None:
    api = pytest.importorskip("playwright.sync_api")
    if not (chromium := shutil.which("chromium")):
        pytest.skip("there is no Chromium")
    for seed in (0, 1):
        write_search(tmp_path / f"run-{seed}", seed)
        write_search(tmp_path / f"other-{seed}", seed, device={"engine": "litert"}, settings={"name": "n" * 90})
    folders = sorted([*tmp_path.glob("run-*"), *tmp_path.glob("other-*")])
    main([*map(str, folders), "--output", str(tmp_path / "out"), "--target-ms", "4"])
    asked, said = list[str](), list[str]()
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("request", lambda one: asked.append(one.url))
        page.on("console", lambda one: said.append(one.text))
        page.goto(f"file://{tmp_path}/out/index.html")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shown = page.evaluate("getComputedStyle(document.body).backgroundColor")
        lines = page.evaluate("[...document.querySelectorAll('svg .line')].map(one => getComputedStyle(one).stroke)")
        browser.close()
    assert asked == [f"file://{tmp_path}/out/index.html"] and not said
    assert (
        sum(map(int, shown[4:-1].split(","))) > 600
        if scheme == "light"
        else sum(map(int, shown[4:-1].split(","))) < 150
    )
    assert len(set(lines) - {"none"}) == 3  # a colour for each group, and that of the target
