"""Writes the tables of docs/networks.md: every operation and head with its fields, from the code that reads them."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from types import MappingProxyType

from mobilenas.network.heads.base import Head, heads
from mobilenas.network.published_weights import PublishedWeights
from mobilenas.ops import BatchNorm, MBConv, Op, Shape, SqueezeExcite, operations
from mobilenas.settings.typed import annotations_of
from mobilenas.settings.words import in_words, shown
from tests.docs.grids import code, first_sentence, grid, meanings

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"
MARK = "<!-- python -m tests.docs.networks_page writes what follows, and a test fails if it is out of date. -->\n"

BY_RATIO = MappingProxyType(
    {
        "expansion": (
            "a number above 0",
            "instead of `expanded`: a ratio, multiplied by the input's channels",
        ),
        "divisor": ("a whole number, 1 or more", "only with `expansion`: the product is rounded to a multiple of it"),
    }
)
"""Fields of a line that are no fields of the operation, because they depend on the input."""

ALSO = MappingProxyType({"mbconv": BY_RATIO, "uib": BY_RATIO})
LEFT_OUT = MappingProxyType({"sepconv": ("expanded",)})
TYPES = MappingProxyType({"act": "an activation", "gate": "an activation", "kernel": "an odd whole number"})
OWN = MappingProxyType({"se": "fields of their own, below, or null", "edges": "a list of names of operations"})


def kinds() -> dict[str, type[Op]]:
    """The class of each operation by its name in YAML; a separable convolution is an ``mbconv`` without expansion."""
    return {name: MBConv if name == "sepconv" else read.__self__ for name, read in operations().items()}  # type: ignore[attr-defined]


def page() -> str:
    """All of the page: what is written by hand, and then the tables."""
    by_hand = PAGE.read_text("utf-8").partition(MARK)[0]
    parts = {
        "`se` of a line": SqueezeExcite,
        "`input` of the file": Shape,
        "`norm` of the file": BatchNorm,
        "`weights` of the file": PublishedWeights,
    }
    sections = [
        "## Operations\n",
        *(section(f"`{name}`", kind, name) for name, kind in kinds().items()),
        "## Heads\n\nA network for detection or segmentation has a head instead of a last layer that classifies.\n",
        *(section(f"`{name}`", kind, name) for name, kind in heads().items()),
        "## Parts\n",
        *(section(name, kind, "") for name, kind in parts.items()),
    ]
    return by_hand + MARK + "\n" + "\n".join(sections)


def section(title: str, kind: type[Op] | type[Head] | type, name: str) -> str:
    """What one operation is, and its fields."""
    said = "An `mbconv` without the expansion." if name == "sepconv" else first_sentence(kind)
    rows = list(rows_of(kind, name))
    table = grid(("field", "type", "default", "meaning"), rows) if rows else "It has no fields."
    return f"### {title}\n\n{said}\n\n{table}\n"


def rows_of(kind: type, name: str) -> Iterator[tuple[str, str, str, str]]:
    """The fields of a line, with those that only the line has."""
    hints, said = annotations_of(kind), meanings(kind)
    for one in fields(kind):
        if one.name not in LEFT_OUT.get(name, ()):
            needed = one.default is MISSING and one.default_factory is MISSING
            default = "must be given" if needed else _default(one.default)
            kind_of = OWN.get(one.name) or TYPES.get(one.name) or in_words(hints[one.name])
            yield code(one.name), kind_of, default, said.get(one.name, "")
    for extra, (words, meaning) in ALSO.get(name, {}).items():
        yield code(extra), words, "", meaning


def _default(value: object) -> str:
    if isinstance(value, tuple) and len(set(value)) == 1:
        return f"{value[0]}, {len(value)} times"
    return value if isinstance(value, str) else shown(value)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
