"""The site in Chromium, opened as files: narrow pages fit, the search finds pages, nothing is loaded from elsewhere."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.written import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("material")
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(place)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300, capture_output=True)
    return place


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("name", ["index.html", "settings.html", "papers/moga.html", "your_photos.html"])
def test_a_page_fits_a_narrow_screen_and_loads_nothing_from_elsewhere(name: str, site: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 420, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    assert asked
    assert not [one for one in asked if not one.startswith(("file:", "data:", "blob:", "about:"))]
    page.close()


def test_the_search_finds_a_page_without_a_server(site: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "index.html").as_uri())
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").type("NetAdapt")
    page.wait_for_selector(".md-search-result__item")
    found = page.locator(".md-search-result__list").inner_text()
    assert "MobileNetV3" in found
    page.close()
