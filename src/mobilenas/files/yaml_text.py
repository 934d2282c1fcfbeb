"""Reads YAML that may come from anyone: numbers as YAML 1.2 has them, and bounds on size, depth and aliases."""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

LARGEST, DEEPEST, MOST_VALUES = 1_000_000, 20, 1_000_000
"""The most characters of a text, levels of lists and mappings, and values with all aliases written out."""


class _Loader(yaml.SafeLoader):
    """Reads 1e-5 as a number, which YAML 1.1 takes for a text, and refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def read_yaml(text: str, origin: str) -> object:
    """Returns the content of a text.

    Args:
        text: the text
        origin: names it in errors

    Raises:
        ValueError: it is not YAML, too large or too deep; the error has one sentence
    """
    if len(text) > LARGEST:
        raise ValueError(f"{origin} has {len(text):,} characters, more than {LARGEST:,}.")
    try:
        wrong = next(_out_of_bounds(text), None)
        content = None if wrong else yaml.load(text, _Loader)  # a SafeLoader
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{origin} is not YAML: {' '.join(str(error).split())}.") from None
    if wrong:
        raise ValueError(f"{origin} {wrong}.")
    return content


def _out_of_bounds(text: str) -> Iterator[str]:
    """Yields what is too deep, or too large because of aliases, before anything is built of it."""
    sizes, open_nodes = dict[str, int](), [_Node(None)]
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(_Node(event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = open_nodes.pop()
            open_nodes[-1].size += ended.size
            if ended.anchor:
                sizes[ended.anchor] = ended.size
        elif isinstance(event, yaml.AliasEvent):
            open_nodes[-1].size += sizes.get(str(event.anchor), 1)
        else:
            open_nodes[-1].size += 1
        if len(open_nodes) > DEEPEST + 1:
            yield f"is nested more than {DEEPEST} levels deep"
        if open_nodes[-1].size > MOST_VALUES:
            yield f"stands for more than {MOST_VALUES:,} values, because of its aliases"


@dataclass
class _Node:
    """A list or a mapping that is being read, and the number of values in it with all aliases written out."""

    anchor: str | None
    size: int = 1
