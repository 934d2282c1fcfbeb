"""Every link of the documents leads to a file and a heading that are there; the site loads nothing from elsewhere."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.docs.written import ROOT, pages

_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
PAGES = pages()


def _text(path: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```|^ {4}[^\n]*$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def _links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in _LINK.findall(re.sub(r"`[^`\n]*`", "", _text(page))):
            yield page, target


def _anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them: small letters, hyphens, no other marks."""
    titles = [re.sub(r"[`*]|\]\([^)]*\)|\[", "", one).strip().lower() for one in _HEADING.findall(_text(path))]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def test_pages_and_links_are_found() -> None:
    assert {ROOT / "README.md", ROOT / "docs" / "papers" / "moga.md"} <= set(PAGES)
    assert len(list(_links())) > 100


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for place, target in _links():
        if place != page or target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.is_file(), f"{page}: {target}"
        assert not anchor or anchor in _anchors(path), f"{page}: {target}; there are {sorted(_anchors(path))}"


def test_pages_of_the_site_link_to_pages_of_the_site_only() -> None:
    for page, target in _links():
        if page.parent != ROOT and not target.startswith(("https://", "#")):
            assert (page.parent / target.partition("#")[0]).resolve().is_relative_to(ROOT / "docs"), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_code_that_a_page_names_is_there(page: Path) -> None:
    """Except ``mine.py``, which a reader writes; the page of faults leaves out the folders of its columns."""
    text = page.read_text("utf-8")
    named = [one for one in re.findall(r"`((?:src|tests|conf|bench|docs)/[\w/.-]+)`", text) if "/mine." not in one]
    modules = [one.replace(".", "/") for one in re.findall(r"python -m ((?:bench|tests)[\w.]*)", text)]
    missing = [one for one in named if not (ROOT / one).exists()]
    missing += [one for one in modules if not (ROOT / f"{one}.py").is_file() and not (ROOT / one).is_dir()]
    if page.name == "faults.md":
        places = ROOT / "src" / "mobilenas", ROOT / "tests"
        short = re.findall(r"`([\w/]+\.py)`", text)
        assert short
        missing += [one for one in short if not any((place / one).is_file() for place in places)]
    assert not missing


class _Sources(HTMLParser):
    """What a browser loads with a page, without a click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        loads = tag in ("script", "img", "iframe", "source") or (tag == "link" and given.get("rel") != "canonical")
        self.found += [value for name, value in given.items() if loads and name in ("src", "href") and value]


def test_the_site_builds_and_no_page_loads_anything_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("material")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    made = sorted((tmp_path / "site").rglob("*.html"))
    assert len(made) > 25
    for page in made:
        sources = _Sources()
        sources.feed(page.read_text("utf-8"))
        assert sources.found
        assert not [one for one in sources.found if re.match(r"(https?:)?//", one)], page
    for sheet in (tmp_path / "site").rglob("*.css"):
        assert not re.findall(r"url\([\"']?(?:https?:)?//[^)]*\)|@import", sheet.read_text("utf-8")), sheet
    shutil.rmtree(tmp_path / "site")
