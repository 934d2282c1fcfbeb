"""The commands that are written in README.md, the pages of docs/ and the comments of conf/."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mobilenas.conf_dir import conf_dir

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"(?:^\n|\A)((?: {4}.*\n|\n(?= {4}))+)", re.MULTILINE)
_FENCED = re.compile(r"^```(?:bash|sh|console)?\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`(mobilenas(?:-\w+)?\s[^`]+)`(?!`)")
_COMMENT = re.compile(r"^#.*?\b(mobilenas(?:-[a-z]+)? .*)$", re.MULTILINE)
_SET = re.compile(r'^(\w+)="((?:[^"])*)"$')
_START = re.compile(r"mobilenas(-[a-z]+)? ")


@dataclass(frozen=True)
class Command:
    """A command as it is written.

    Args:
        place: the file, from the root of the repository
        words: the program and its arguments, as a shell divides them
    """

    place: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.words)


def pages() -> list[Path]:
    """The documents."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> list[Command]:
    """All commands of mobilenas, each once, with the first place where it is written."""
    found: dict[tuple[str, ...], Command] = {}
    for path in pages():
        for words in (*of_blocks(path.read_text("utf-8")), *of_text(path.read_text("utf-8"))):
            found.setdefault(words, Command(str(path.relative_to(ROOT)), words))
    for path in sorted(conf_dir().rglob("*.yaml")):
        for line in _COMMENT.findall(path.read_text("utf-8")):
            words = tuple(shlex.split(line, comments=True))
            found.setdefault(words, Command(f"conf/{path.relative_to(conf_dir())}", words))
    return [one for words, one in found.items() if _is_whole(words)]


def of_blocks(text: str) -> Iterator[tuple[str, ...]]:
    """The commands of the blocks of code of a page, with the shell variables that are set before them."""
    variables: dict[str, str] = {}
    for block in (*_BLOCK.findall(text), *_FENCED.findall(text)):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            line = line.strip()
            if set_here := _SET.match(line):
                variables[set_here[1]] = _filled(set_here[2], variables)
            elif _START.match(line):
                yield tuple(shlex.split(_filled(line, variables), comments=True))


def of_text(text: str) -> Iterator[tuple[str, ...]]:
    """The commands in sentences and tables."""
    for one in _INLINE.findall(re.sub(r"^(?: {4}|```).*$", "", text, flags=re.MULTILINE)):
        yield tuple(shlex.split(" ".join(one.split())))


def _filled(line: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda one: variables.get(one[1], one[0]), line)


def _is_whole(words: Sequence[str]) -> bool:
    """Whether it is a command, and not only a part of one."""
    return len(words) > 1 and "..." not in words
