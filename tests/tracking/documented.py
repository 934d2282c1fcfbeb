"""The tables of docs/tracking.md."""

import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "tracking.md"


class Documented(NamedTuple):
    """A row of a table: its name, and its further columns."""

    name: str
    kind: str
    condition: str

    def fits(self, name: str) -> bool:
        """Whether a name that was recorded is one of this row's."""
        pattern = "".join(
            "[^/]+" if part.startswith("<") else re.escape(part) for part in re.split("(<[a-z]+>)", self.name)
        )
        return re.fullmatch(pattern, name) is not None


def documented() -> tuple[list[Documented], list[Documented]]:
    """The figures, tables and files by name, and the artifacts."""
    names, artifacts = re.findall(r"^\| name \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE.read_text("utf-8"), re.MULTILINE)
    return _rows(names), _rows(artifacts)


def _rows(text: str) -> list[Documented]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return [Documented(line[0].strip("`"), line[1], line[2]) for line in lines]
