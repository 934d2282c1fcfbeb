"""Pages of all kinds of runs in a browser: spaces without a supernet, NetAdapt, heads, and runs of little."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser

from bench.page import explored
from mobilenas.report import NetworkResult, RunResult
from mobilenas.report.labels import short_label
from mobilenas.report.page import page
from mobilenas.search_space import MoGA
from tests.report.browser import Opened, chromium
from tests.report.test_page_data import SPACES, a_run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def opened(browser: Browser, run: RunResult, folder: Path, width: int = 1280) -> Opened:
    """The page of a run, which has asked for nothing and complained of nothing."""
    path = folder / "index.html"
    path.write_text(page(run), "utf-8")
    found = Opened(browser, path, width)
    assert found.complaints == []
    assert found.requests == [path.as_uri()]
    return found


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
@pytest.mark.parametrize("width", [420, 1280])
def test_every_space_has_decisions_and_layers(browser: Browser, tmp_path: Path, space: object, width: int) -> None:
    run = a_run(space)
    shown = opened(browser, run, tmp_path, width)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    shown.page.locator(".plot.front").focus()
    shown.page.keyboard.press("Home")
    shown.settle()
    shown.page.keyboard.press("Enter")
    assert run.space
    fastest = min(run.front, key=lambda one: (one.latency_ms, -one.accuracy))
    assert shown.text(".panel .architecture") == " ".join(map(str, fastest.architecture))
    labels = [short_label(layer) for layer in run.space.network(fastest.architecture).layers]
    blocks = shown.page.locator(".panel .block").all_text_contents()
    if space.name != "proxyless_cifar":  # whose layers are shown in parts
        assert blocks[1 : 1 + len(labels)] == labels
    option = shown.page.locator(".option").first
    option.dispatch_event("click")
    assert "of" in shown.text(".selected output")
    assert shown.complaints == []
    shown.context.close()


def test_a_run_without_a_search_has_no_scripts(browser: Browser, tmp_path: Path) -> None:
    searched = explored(MoGA().space(), 10)
    trained = tuple(NetworkResult(one.spec, test_accuracy=0.5) for one in searched.networks)
    shown = opened(browser, RunResult("moga_a", trained, searched.images), tmp_path, 420)
    assert shown.count("script") == 0
    assert shown.count(".ladder") == 1
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 420


def test_a_network_that_was_improved_after_the_search_is_no_dot(browser: Browser, tmp_path: Path) -> None:
    run = explored(MoGA().space(), 30)
    improved = replace(run.networks[0], evaluation=None, measured_ms=6.0, measured_std_ms=0.1)
    shown = opened(browser, replace(run, networks=(improved,)), tmp_path)
    assert shown.count(".marks .chosen") == 0
    assert shown.count(".marks .tested") == 1
    assert "Click on a dot" in shown.text(".panel")


def test_a_run_of_netadapt_has_no_command_but_files_to_save(browser: Browser, tmp_path: Path) -> None:
    run = replace(explored(MoGA().space(), 30), adapted=True, networks=())
    shown = opened(browser, run, tmp_path)
    shown.page.locator(".plot.front").press("End")
    shown.settle()
    shown.page.locator(".plot.front").press("Enter")
    assert shown.count(".panel .command") == 0
    assert shown.count(".panel a[download]") == 1


def test_a_space_or_a_table_that_is_not_known_leaves_only_this_out(browser: Browser, tmp_path: Path) -> None:
    for missing in ({"space": None}, {"table": None}):
        run = replace(explored(MoGA().space(), 30), **missing)
        shown = opened(browser, run, tmp_path)
        assert shown.count(".panel h3") == 1
        shown.page.locator(".plot.front").press("Home")
        assert "top-1" in shown.text(".tip")
        assert shown.complaints == []


def test_accuracies_and_latencies_may_all_be_equal(browser: Browser, tmp_path: Path) -> None:
    run = explored(MoGA().space(), 30)
    alike = tuple(replace(one, accuracy=0.5, latency_ms=1.0, params=5, macs=7) for one in run.evaluations)
    flat = replace(run, evaluations=alike, front=alike[:1], networks=())
    shown = opened(browser, flat, tmp_path)
    shown.page.locator(".plot.front").press("Home")
    assert "50.0 %" in shown.text(".tip")


def test_names_are_texts_in_the_pictures_too(browser: Browser, tmp_path: Path) -> None:
    run = explored(MoGA().space(), 30)
    name = "<img src=x onerror=alert(1)>&amp;"
    strange = replace(run.networks[0], spec=replace(run.networks[0].spec, name=name))
    shown = opened(browser, replace(run, networks=(strange,)), tmp_path)
    assert shown.text(".panel h3") == name
    assert shown.text(".marks .chosen text") == name


@pytest.mark.slow
def test_100_000_evaluations_can_be_pointed_at_and_selected(browser: Browser, tmp_path: Path) -> None:
    run = explored(MoGA().space(), 100_000)
    shown = opened(browser, run, tmp_path)
    shown.page.locator('.option[data-decision="0"][data-option="0"]').click()
    number = sum(one.architecture[0] == 0 for one in run.evaluations)
    assert shown.text(".selected output").startswith(f"{number:,} of 100,000 selected")
