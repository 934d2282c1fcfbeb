"""Tables in Markdown, and what the docstring of a class says of its fields."""

import re
from collections.abc import Sequence
from unicodedata import lookup

_ARGUMENT = re.compile(r"^ {4,8}(\w+): (.*(?:\n {10,}\S.*)*)", re.MULTILINE)
_SECTION = re.compile(r"\n *Args:\n(.*?)(?=\n *\n|\Z)", re.DOTALL)
_GREEK = {"alpha": "ALPHA", "beta": "BETA", "epsilon": "EPSILON", "eta": "ETA", "lambda": "LAMDA", "tau": "TAU"}
_LETTERS = {rf"\{name}": lookup(f"GREEK SMALL LETTER {letter}") for name, letter in _GREEK.items()}
_MATH = re.compile(r":math:`([^`]*)`")


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a line between cells in a text is escaped."""
    lines = [head, ["---"] * len(head), *[[one.replace("|", r"\|") for one in row] for row in rows]]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)


def code(text: object) -> str:
    """A text as code; nothing stays nothing."""
    return f"`{text}`" if str(text) else ""


def meanings(kind: type) -> dict[str, str]:
    """What the docstrings of a class and its bases say of each field, by name."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        for section in _SECTION.findall(one.__doc__ or ""):
            found |= {name: _plain(said) for name, said in _ARGUMENT.findall(section)}
    return found


def first_sentence(kind: type) -> str:
    """What a class is."""
    text = " ".join((kind.__doc__ or "").partition("\n\n")[0].split())
    return _plain(text)


def _plain(text: str) -> str:
    """Markdown of what a docstring says in reStructuredText."""
    joined = _MATH.sub(lambda found: _in_letters(found[1]), " ".join(text.split()))
    return joined.replace("``", "`")


def _in_letters(equation: str) -> str:
    for name, letter in _LETTERS.items():
        equation = equation.replace(name, letter)
    return equation.replace("\\Delta ", "Δ").replace("_2", "₂")
