"""The page of a run."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from mobilenas.hardware import Validation
from mobilenas.report import RunResult
from mobilenas.report.front_section import SCRIPTS
from mobilenas.report.page import lead, page
from mobilenas.report.table import COLUMNS, MISSING, rows
from mobilenas.report.writing import write

VOID = {"meta", "link", "img", "br", "wbr"}


class Content(HTMLParser):
    """What a browser would load, show and report as an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.shown: list[str] = []
        self.goes_on = False  # after a place where a word may be broken
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href", "srcset", "action")]
        self.goes_on = tag == "wbr"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.goes_on = False
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if self.goes_on:
            self.shown[-1] += text
        elif self.open and self.open[-1] not in ("script", "style"):
            self.shown.append(text)


@pytest.fixture(scope="module")
def text(result: RunResult) -> str:
    return page(result)


@pytest.fixture(scope="module")
def content(text: str) -> Content:
    return Content(text)


def test_every_tag_is_closed(content: Content) -> None:
    assert content.open == []
    assert content.tags.count("section") == content.tags.count("h2") >= 9


def test_nothing_is_loaded_from_elsewhere(text: str, content: Content) -> None:
    assert content.addresses
    assert all(re.fullmatch(r"data:.*|[\w.-]+", address, re.DOTALL) for address in content.addresses)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_no_picture_is_larger_than_its_file_beside_the_page(content: Content) -> None:
    assert not [one for one in content.addresses if one.startswith("data:image")]
    assert "front.png" in content.addresses  # for browsers without scripts


def test_the_front_has_its_data_and_its_scripts(result: RunResult, text: str, content: Content) -> None:
    assert content.tags.count("script") == 2
    found = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    assert found["count"] == len(result.evaluations)
    assert found["accuracy"] == pytest.approx([one.accuracy for one in result.evaluations], rel=1e-5)


def test_every_script_and_style_sheet_is_in_the_page(text: str) -> None:
    web = files("mobilenas.report") / "web"
    own = [one for one in web.iterdir() if one.name.endswith((".js", ".css"))]
    assert {one.name for one in own if one.name.endswith(".js")} == {f"{name}.js" for name in SCRIPTS}
    for one in own:
        assert one.read_text("utf-8") in text
        assert len(one.read_text("utf-8").splitlines()) <= 150, one.name


def test_every_cell_of_the_table_is_shown(result: RunResult, content: Content) -> None:
    cells = [column.cell(row) for row in rows(result) for column in COLUMNS]
    assert [text for text in content.shown if text in cells] == cells


def test_each_networks_files_are_linked(result: RunResult, content: Content) -> None:
    files = {f"{one.name}.{ending}" for one in result.networks for ending in ("onnx", "yaml")}
    assert files | {"networks.csv"} <= set(content.addresses)


def test_all_facts_and_settings_are_shown(result: RunResult, content: Content) -> None:
    assert {*result.facts, *result.facts.values(), result.settings} <= set(content.shown)


def test_the_tables_errors_stand_by_kind_of_layer_where_they_were_measured(result: RunResult, text: str) -> None:
    wide, narrow = (tuple(np.random.default_rng(seed).uniform(1, 2, 20).tolist()) for seed in (0, 1))
    predicted = tuple(one + other for one, other in zip(wide, narrow, strict=True))
    measured = tuple(1.1 * one + other for one, other in zip(wide, narrow, strict=True))
    by_kind = {"mbconv 7x7 <SE>": wide, "conv": narrow}
    found = replace(result, validation=Validation(measured, predicted, kinds_ms=by_kind))
    shown = Content(page(found)).shown
    place = shown.index("mbconv 7x7 <SE>")
    assert shown[place + 2] == "10.0 ± 0.0"
    assert shown[shown.index("conv", place) + 2].strip("-") == "0.0 ± 0.0"
    assert "by kind of layer" not in text


def test_the_same_result_gives_the_same_page(result: RunResult, text: str) -> None:
    assert page(result) == text


def test_a_name_is_text_and_nothing_else(
    result: RunResult, renamed: Callable[[RunResult, str], RunResult], content: Content
) -> None:
    name = "</script><script>alert('1')</script> & \" $title"
    strange = renamed(result, name)
    found = Content(page(replace(strange, title=name)))
    tags, others = ([tag for tag in one.tags if tag != "wbr"] for one in (found, content))
    assert tags == others
    assert found.shown.count(name) >= 2  # title and table


def test_a_long_name_is_broken_between_its_parts(
    result: RunResult, renamed: Callable[[RunResult, str], RunResult]
) -> None:
    long = renamed(result, "around-efficient_lite.0-1")
    text = page(long)
    assert '<th scope="row">around-<wbr>efficient_<wbr>lite.<wbr>0-<wbr>1</th>' in text


def test_what_was_not_found_out_is_left_out_or_a_dash(bare: RunResult) -> None:
    found = Content(page(bare))
    assert found.shown.count(MISSING) == 4 * len(bare.networks)
    assert "script" not in found.tags
    assert not any(address.endswith(".onnx") for address in found.addresses)


def test_a_run_without_networks_has_a_page(bare: RunResult) -> None:
    empty = replace(bare, networks=())
    assert Content(page(empty)).open == []


def test_the_run_is_summed_up(result: RunResult, bare: RunResult) -> None:
    assert f"{len(result.front)} of 150 evaluated" in lead(result)
    assert lead(bare) == "This page shows 3 networks."
    trained = replace(bare, networks=(replace(bare.networks[0], test_accuracy=0.5),))
    assert lead(trained) == "This page shows 1 network, trained on these images."


def test_all_files_are_written(result: RunResult, tmp_path: Path) -> None:
    write(result, tmp_path)
    names = {f"moga-{number}.yaml" for number in (1, 2, 3)}
    assert {path.name for path in tmp_path.iterdir()} == names | {
        "index.html",
        "networks.csv",
        "front.png",
    }


def test_a_name_stays_in_the_folder(
    result: RunResult, renamed: Callable[[RunResult, str], RunResult], tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    write(renamed(result, "../../moga"), tmp_path / "own")
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    assert (tmp_path / "own" / ".._.._moga.yaml").exists()


def test_a_page_of_netadapt_tells_of_steps_and_proposals(result: RunResult) -> None:
    evaluations = sorted(result.evaluations, key=lambda one: one.latency_ms)
    last_ms = evaluations[0].latency_ms
    adapted = replace(result, adapted=True, target_ms=1.01 * last_ms, front=tuple(evaluations[::30]))
    assert lead(adapted) == (
        "This page shows 3 networks, made smaller by NetAdapt in 4 steps; each step took the best of its proposals (149"
        " in all)."
    )
    one_step = replace(adapted, front=tuple(evaluations[:2]), evaluations=tuple(evaluations[:2]))
    assert lead(one_step).endswith("NetAdapt in 1 step; each step took the best of its proposals (1 in all).")
    untouched = replace(adapted, front=tuple(evaluations[:1]), evaluations=tuple(evaluations[:1]))
    assert lead(untouched) == "This page shows 3 networks; NetAdapt took no step."
    text = page(adapted)
    assert "Latency of the sampled architectures" not in text
    assert "came to 99% of it." in text
    assert "stopped above the target" not in text
    assert "is not enforced" not in text
    assert "came to 125% of it. It stopped above the target, because no change of a single width saves enough." in page(
        replace(adapted, target_ms=0.8 * last_ms)
    )
