"""Makes pages of the site from README.md and CONTRIBUTING.md, whose links begin at the root of the repository."""

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
"""The page that each file becomes."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leaves out of the contents what is not there; called by MkDocs."""
    config.nav = _there(config.nav or [])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages; called by MkDocs."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=from_docs((ROOT / name).read_text("utf-8"))))
    return files


def from_docs(text: str) -> str:
    """Returns the text of a file of the root with links that begin in ``docs``."""
    for name, page in PAGES.items():
        text = text.replace(f"]({name}", f"]({page}")
    return text.replace("](docs/", "](")


def _there(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries whose pages are there, in the sections too."""
    found = []
    for entry in entries:
        for title, value in entry.items():
            if isinstance(value, list):
                found.append({title: _there(value)})
            elif _is_page(value):
                found.append(entry)
    return found


def _is_page(path: str) -> bool:
    return path in PAGES.values() or (ROOT / "docs" / path).is_file()
