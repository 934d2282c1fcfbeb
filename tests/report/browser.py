"""A headless Chromium that opens pages from files, and notes what it says and what it asks for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where none is installed."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page that was opened, with its requests and its complaints."""

    def __init__(self, browser: Browser, path: Path, width: int = 1280, **context: str) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        has_touch = width < 500
        self.context = browser.new_context(viewport={"width": width, "height": 900}, has_touch=has_touch, **context)
        self.context.route("**/*", self._only_files)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.settle()

    def _only_files(self, route: Route) -> None:
        self.requests.append(route.request.url)
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            route.abort()

    def settle(self) -> None:
        """Waits until what was asked for is drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def text(self, selector: str) -> str:
        self.settle()
        return self.page.locator(selector).text_content() or ""

    def count(self, selector: str) -> int:
        self.settle()
        return self.page.locator(selector).count()
