"""Makes pages of the site from README.md and CONTRIBUTING.md, whose links begin at the root of the repository."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
"""The page that each file becomes."""


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
