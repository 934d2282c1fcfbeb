"""The page in a browser: what it shows, and how it answers to mouse, finger and keyboard."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser

from bench.page import explored
from mobilenas.evaluation import Evaluation
from mobilenas.network.spec import NetworkSpec
from mobilenas.report import BaselineResult, RunResult
from mobilenas.report.front_figure import frontier
from mobilenas.report.labels import short_label
from mobilenas.report.page import page
from mobilenas.search_space import MoGA
from tests.report.browser import Opened, chromium

COUNT = 300
BASELINES = (
    BaselineResult("mobilenet_v2-0.5", 4.0, 0.02, 0.70, 1_000_000, 97_000_000),
    BaselineResult("mobilenet_v2", 6.0, None, 0.75, 3_000_000, 300_000_000),
    BaselineResult("mnasnet_a1", 5.0, None, None, 4_000_000, 310_000_000),
)


@pytest.fixture(scope="module")
def run() -> RunResult:
    """Made-up evaluations; one network is measured and trained, and published networks stand beside the front."""
    result = explored(MoGA().space(), COUNT)
    (network,) = result.networks
    measured = replace(network, measured_ms=network.predicted_ms * 1.02, measured_std_ms=0.05, onnx_error=1e-7)
    named = replace(measured, spec=replace(measured.spec, name="moga-1"))
    target_ms = result.front[-1].latency_ms
    return replace(result, networks=(named,), test_images=1000, target_ms=target_ms, baselines=BASELINES)


@pytest.fixture(scope="module")
def path(run: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(run, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser: Browser, path: Path) -> Iterator[Opened]:
    """The page on a wide screen; at the end of each test it has asked for nothing, and complained of nothing."""
    found = Opened(browser, path)
    yield found
    found.settle()
    assert found.complaints == []
    assert found.requests == [path.as_uri()]
    found.context.close()


def written(run: RunResult, folder: Path) -> Path:
    path = folder / "index.html"
    path.write_text(page(run), "utf-8")
    return path


def point(opened: Opened, name: str) -> tuple[float, float]:
    """The middle of an element on the screen."""
    box = opened.page.locator(name).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def ring(opened: Opened, name: str = "hovered") -> tuple[float, float]:
    opened.settle()
    return point(opened, f".marks circle.{name}")


def press(opened: Opened, *keys: str) -> None:
    opened.page.locator(".plot.front").focus()
    for key in keys:
        opened.page.keyboard.press(key)
        opened.settle()


def figures(one: Evaluation) -> list[str]:
    return [
        f"top-1 {100 * one.accuracy:.1f} %",
        f"{one.latency_ms:.{max(0, 2 - len(str(int(one.latency_ms))) + 1)}f} ms predicted",
        f"{one.params:,} parameters",
        f"{one.macs:,} multiply-adds",
    ]


def digits(one: Evaluation) -> str:
    return " ".join(map(str, one.architecture))


def counted(opened: Opened) -> int:
    """How many evaluations the page says are selected."""
    found = re.match(r"([\d,]+) of", opened.text(".selected output"))
    assert found
    return int(found[1].replace(",", ""))


def pixels(opened: Opened, plot: str) -> str:
    opened.settle()
    return str(opened.page.evaluate(f"document.querySelector('.plot.{plot} canvas').toDataURL()"))


def test_arrow_keys_go_along_the_front_from_the_fastest_to_the_most_accurate(opened: Opened, run: RunResult) -> None:
    press(opened, "Escape", "Home")
    for one in frontier(run.front):
        shown = opened.text(".tip")
        assert all(text in shown for text in figures(one))
        assert (digits(one) in shown) or "moga-1" in shown
        press(opened, "ArrowRight")
    press(opened, "End", "ArrowLeft")
    assert figures(frontier(run.front)[-2])[1] in opened.text(".tip")


def test_pointing_at_a_dot_tells_its_architecture_and_its_figures(opened: Opened, run: RunResult) -> None:
    press(opened, "Home")
    x, y = ring(opened)
    press(opened, "End")
    opened.page.mouse.move(x + 1, y + 1)
    assert digits(frontier(run.front)[0]) in opened.text(".tip")
    opened.page.mouse.move(x + 1, 1)
    opened.settle()
    assert not opened.page.locator(".tip").is_visible()


def test_a_dot_stands_where_the_axes_say(opened: Opened, run: RunResult) -> None:
    def ends(anchor: str, axis: str) -> tuple[float, float]:
        """Pixels at 0 and pixels for one unit, from the outermost ticks of an axis."""
        script = f"""() => [...document.querySelectorAll('.front .axes text[text-anchor={anchor}]:not(.title)')]
            .map((one) => [parseFloat(one.textContent), Number(one.getAttribute('{axis}'))])"""
        found = sorted(opened.page.evaluate(script))
        (low, begin), (high, end) = found[0], found[-1]
        unit = (end - begin) / (high - low)
        return begin - low * unit, unit

    origin_x, unit_x = ends("middle", "x")
    origin_y, unit_y = ends("end", "y")
    press(opened, "Home")
    for one in frontier(run.front)[:4]:
        circle = opened.page.locator(".marks circle.hovered")
        assert float(circle.get_attribute("cx") or 0) == pytest.approx(origin_x + unit_x * one.latency_ms, abs=0.6)
        assert float(circle.get_attribute("cy") or 0) == pytest.approx(
            origin_y + unit_y * 100 * one.accuracy - 4, abs=0.6
        )
        press(opened, "ArrowRight")


def test_a_click_pins_a_network_and_shows_its_layers_and_what_each_takes(opened: Opened, run: RunResult) -> None:
    first = frontier(run.front)[0]
    press(opened, "Home")
    opened.page.mouse.click(*ring(opened))
    assert digits(first) in opened.text(".panel .architecture")
    assert run.space and run.table
    network = run.space.network(first.architecture)
    shown = opened.page.locator(".panel .block").all_text_contents()
    assert shown == ["image", *map(short_label, network.layers)]
    took = [float(text) for text in opened.page.locator(".panel .took").all_text_contents()]
    expected = [sum(map(run.table.layer_ms, layer.pieces)) for layer in network.layers]
    assert took == pytest.approx(expected, rel=6e-3)
    assert f"predicted {first.latency_ms:.4g}" in opened.text(".panel .sum")
    whole = re.search(r"= ([\d.]+) ms", opened.text(".panel .sum"))
    assert whole and float(whole[1]) == pytest.approx(first.latency_ms, rel=1e-3)


def test_enter_pins_and_escape_unpins(opened: Opened, run: RunResult) -> None:
    press(opened, "End", "Enter")
    assert digits(frontier(run.front)[-1]) in opened.text(".panel")
    press(opened, "Escape")
    assert "Click on a dot" in opened.text(".panel")
    assert opened.count(".marks circle.pinned") == 0


def test_a_trained_network_is_pinned_at_first_with_its_files_and_its_command(opened: Opened, run: RunResult) -> None:
    (network,) = run.networks
    assert network.evaluation
    assert opened.text(".panel h3") == "moga-1"
    links = opened.page.locator(".panel .files a")
    assert [link.get_attribute("href") for link in links.all()] == ["moga-1.onnx", "moga-1.yaml"]
    options = ",".join(map(str, network.evaluation.architecture))
    command = f"mobilenas experiment=moga scale=paper 'architecture=[{options}]'"
    assert opened.text(".panel .command code") == command
    assert "80.0 ± 1.3 % on test" in opened.text(".panel .figures")


def test_the_yaml_of_any_evaluation_can_be_saved(opened: Opened, run: RunResult) -> None:
    first = frontier(run.front)[0]
    press(opened, "Home", "Enter")
    with opened.page.expect_download() as waiting:
        opened.page.locator(".panel .files a[download]").click()
    assert waiting.value.suggested_filename == f"moga-{'.'.join(map(str, first.architecture))}"[:60] + ".yaml"
    assert run.space
    assert NetworkSpec.load(Path(waiting.value.path())) == run.space.network(first.architecture)
    opened.requests[1:] = []  # the file itself, from the page's own memory


def test_a_typed_range_selects_in_both_pictures_and_is_summed_up(opened: Opened, run: RunResult) -> None:
    latencies = sorted(one.latency_ms for one in run.evaluations)
    low, high = round(latencies[60], 2), round(latencies[120], 2)
    before = pixels(opened, "front"), pixels(opened, "parallel")
    for name, value in (("from", low), ("to", high)):
        opened.page.get_by_label(f"selected range {name}").fill(str(value))
        opened.page.keyboard.press("Tab")
    within = [one.accuracy for one in run.evaluations if low <= one.latency_ms <= high]
    mean, best = 100 * sum(within) / len(within), 100 * max(within)
    expected = f"{len(within)} of 300 selected: mean top-1 {mean:.1f} %, best top-1 {best:.1f} %."
    assert opened.text(".selected output") == expected
    after = pixels(opened, "front"), pixels(opened, "parallel")
    assert before[0] != after[0] and before[1] != after[1]
    opened.page.get_by_role("button", name="Clear").click()
    assert (pixels(opened, "front"), pixels(opened, "parallel")) == before


@pytest.mark.parametrize("area", [".marks", '.parallel [data-figure="latency"]'])
def test_a_range_is_dragged_on_both_pictures(opened: Opened, run: RunResult, area: str) -> None:
    opened.page.locator(area).scroll_into_view_if_needed()
    x, y = point(opened, area)
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x + 120, y + 60, steps=6)
    opened.page.mouse.up()
    opened.settle()
    ends = [float(opened.page.get_by_label(f"selected range {name}").input_value()) for name in ("from", "to")]
    number = counted(opened)
    slack = 2e-3 * ends[1]  # the ends are shown with four digits
    narrow = sum(ends[0] + slack <= one.latency_ms <= ends[1] - slack for one in run.evaluations)
    wide = sum(ends[0] - slack <= one.latency_ms <= ends[1] + slack for one in run.evaluations)
    assert 0 < narrow <= number <= wide < COUNT
    assert opened.count(".marks rect.range") == 1 and opened.count(".parallel rect.range") == 1


def test_options_of_one_decision_are_alternatives_and_those_of_two_are_both_needed(
    opened: Opened, run: RunResult
) -> None:
    def pick(decision: int, option: int) -> None:
        opened.page.locator(f'.option[data-decision="{decision}"][data-option="{option}"]').click()

    def number(*allowed: set[int]) -> int:
        return sum(all(o in a for o, a in zip(one.architecture, allowed, strict=False)) for one in run.evaluations)

    pick(0, 3)
    assert counted(opened) == number({3})
    pick(0, 7)
    assert counted(opened) == number({3, 7})
    pick(1, 0)
    assert counted(opened) == number({3, 7}, {0})
    pick(0, 3)
    assert counted(opened) == number({7}, {0})


def test_options_can_be_selected_by_keyboard(opened: Opened, run: RunResult) -> None:
    opened.page.locator('.option[data-decision="2"][data-option="0"]').focus()
    opened.page.keyboard.press("ArrowUp")
    opened.page.keyboard.press("Enter")
    assert counted(opened) == sum(one.architecture[2] == 1 for one in run.evaluations)
    opened.page.keyboard.press("Enter")  # the focus stayed
    assert opened.text(".selected output") == "All 300 evaluations."


def test_the_title_of_an_option_tells_its_share_of_the_selection(opened: Opened, run: RunResult) -> None:
    own = [one.accuracy for one in run.evaluations if one.architecture[4] == 5]
    title = opened.page.locator('.option[data-decision="4"][data-option="5"] title').inner_html()
    assert title == f"layer 6, E3 K7 SE: {len(own)} of 300, mean top-1 {100 * sum(own) / len(own):.1f} %"


def test_only_the_front_can_be_selected(opened: Opened, run: RunResult) -> None:
    opened.page.get_by_label("only the front").check()
    assert counted(opened) == len(run.front)


def test_the_best_of_the_selection_can_be_pinned(opened: Opened, run: RunResult) -> None:
    opened.page.locator('.option[data-decision="3"][data-option="2"]').click()
    opened.page.get_by_role("button", name="Pin the best").click()
    best = max((one for one in run.evaluations if one.architecture[3] == 2), key=lambda one: one.accuracy)
    assert opened.text(".panel .figures").startswith(figures(best)[0])


def test_the_axes_can_end_where_the_selection_ends(opened: Opened, run: RunResult) -> None:
    def ends() -> tuple[float, float]:
        texts = opened.page.locator(".front .axes text[text-anchor=middle]").all_text_contents()
        return float(texts[0]), float(texts[-1])

    latencies = sorted(one.latency_ms for one in run.evaluations)
    low, high = latencies[100], latencies[150]
    for name, value in (("from", low), ("to", high)):
        opened.page.get_by_label(f"selected range {name}").fill(str(value))
        opened.page.keyboard.press("Tab")
    opened.settle()
    before = ends()
    opened.page.get_by_label("zoom").check()
    opened.settle()
    margin = 0.1 * (high - low)
    assert before[0] < low - margin and before[1] > high + margin
    assert low - margin <= ends()[0] < ends()[1] <= high + margin
    opened.page.get_by_role("button", name="Clear").click()
    opened.settle()
    assert ends() == before


def test_zoom_on_a_selection_of_nothing_keeps_the_whole_axes(opened: Opened) -> None:
    ticks = opened.page.locator(".front .axes text[text-anchor=middle]")
    for name, value in (("from", 1e6), ("to", 2e6)):
        opened.page.get_by_label(f"selected range {name}").fill(str(value))
        opened.page.keyboard.press("Tab")
    opened.page.get_by_label("zoom").check()
    opened.settle()
    assert len(ticks.all_text_contents()) > 2
    assert "NaN" not in opened.page.locator("figure.front").inner_html()
    opened.page.get_by_role("button", name="Clear").click()
    opened.settle()


def test_the_axis_becomes_parameters_or_multiply_adds(opened: Opened, run: RunResult) -> None:
    for name, of, title in (
        ("parameters", "params", "million parameters"),
        ("multiply-adds", "macs", "million multiply-adds"),
    ):
        opened.page.get_by_role("button", name=name).click()
        assert opened.text(".front .axes .title") == title
        press(opened, "Home")
        cheapest = min(run.front, key=lambda one: (getattr(one, of), -one.accuracy))
        assert figures(cheapest)[2] in opened.text(".tip")


def test_marks_of_target_measurement_test_and_baselines_can_be_hidden(opened: Opened) -> None:
    assert opened.count("line.target") == 1
    for name, mark, number in (
        ("measured", "g.measured", 1),
        ("tested", "g.tested", 1),
        ("baselines", "g.baseline", 1),
    ):
        assert opened.count(f".marks {mark}") == number
        opened.page.locator(f'input[data-name="{name}"]').uncheck()
        assert opened.count(f".marks {mark}") == 0
    assert opened.count(".marks .chosen") == 1


def test_a_baseline_is_a_line_over_the_widths_of_a_network_that_was_trained(opened: Opened) -> None:
    assert opened.page.locator(".baseline text").all_text_contents() == ["mobilenet_v2"]
    assert opened.count(".baseline circle") == 2


def test_a_tap_pins(browser: Browser, path: Path, run: RunResult) -> None:
    phone = Opened(browser, path, width=420)
    press(phone, "Home")
    phone.page.touchscreen.tap(*ring(phone))
    assert digits(frontier(run.front)[0]) in phone.text(".panel .architecture")
    assert phone.complaints == []


@pytest.mark.parametrize("width", [360, 420, 768, 1000, 1280, 1920])
def test_nothing_is_wider_than_the_screen(browser: Browser, path: Path, width: int) -> None:
    shown = Opened(browser, path, width=width)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    wider = """() => [...document.querySelectorAll("section *")].filter((one) => {
      const own = one.getBoundingClientRect(), section = one.closest("section").getBoundingClientRect();
      return own.width && own.left >= 0 && own.right > section.right + 0.5 && !one.closest("pre, code");
    }).map((one) => one.outerHTML.slice(0, 80))"""
    assert shown.page.evaluate(wider) == []


def test_a_phone_shows_the_decisions_in_turns(browser: Browser, path: Path, run: RunResult) -> None:
    phone = Opened(browser, path, width=420)
    seen: list[str] = []
    for _ in range(20):
        seen += phone.page.locator(".parallel .axis .title").all_text_contents()[:-2]
        later = phone.page.get_by_role("button", name="later decisions")
        if later.is_disabled():
            break
        later.click()
        phone.settle()
    assert list(dict.fromkeys(seen)) == [f"layer {place}" for place in range(2, 16)]


def test_dark_and_light_differ_in_page_and_dots(browser: Browser, path: Path) -> None:
    light, dark = (Opened(browser, path, color_scheme=scheme) for scheme in ("light", "dark"))
    backgrounds = [one.page.evaluate("getComputedStyle(document.body).backgroundColor") for one in (light, dark)]
    assert [sum(map(int, re.findall(r"\d+", one))) > 380 for one in backgrounds] == [True, False]
    assert pixels(light, "front") != pixels(dark, "front")
    assert pixels(light, "parallel") != pixels(dark, "parallel")


def test_a_change_to_dark_draws_the_dots_again(browser: Browser, path: Path) -> None:
    shown = Opened(browser, path, color_scheme="light")
    light = pixels(shown, "front")
    shown.page.emulate_media(color_scheme="dark")
    dark = pixels(shown, "front")
    shown.page.emulate_media(color_scheme="light")
    assert light != dark and pixels(shown, "front") == light


def test_on_paper_the_page_is_light_with_the_front_and_the_pinned_network(browser: Browser, path: Path) -> None:
    shown = Opened(browser, path, color_scheme="dark")
    dark = pixels(shown, "front")
    shown.page.emulate_media(media="print", color_scheme="dark")
    assert pixels(shown, "front") != dark
    style = "getComputedStyle(document.body).backgroundColor"
    assert shown.page.evaluate(style) == "rgb(255, 255, 255)"
    for name in (
        ".plot.front .curve",
        ".panel .ladder",
        ".panel .command code",
        ".selected output",
        ".plot.parallel",
    ):
        assert shown.page.locator(name).first.is_visible(), name
    for name in (".controls", ".pager", "#explorer button", ".tip"):
        assert not shown.page.locator(name).first.is_visible(), name
    assert shown.page.pdf()[:5] == b"%PDF-"


def test_a_sheet_of_paper_is_wide_enough(browser: Browser, path: Path) -> None:
    shown = Opened(browser, path, width=700)
    shown.page.emulate_media(media="print")
    shown.settle()
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 700


def test_the_window_may_change_its_size(opened: Opened) -> None:
    opened.page.set_viewport_size({"width": 700, "height": 900})
    opened.settle()
    opened.settle()
    width = opened.page.evaluate("document.querySelector('.plot.front').clientWidth")
    assert opened.page.locator(".marks").get_attribute("width") == str(width)
