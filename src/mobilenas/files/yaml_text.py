"""Reads YAML that may come from anyone: numbers as YAML 1.2 has them, and bounds on size, depth and aliases."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LARGEST, LONGEST_VALUE, DEEPEST, MOST_VALUES = 200_000, 10_000, 20, 20_000
"""The most characters of a text and of a value, levels of lists and mappings, and values with all aliases written out.

The description of a network of 1,000 layers has about half of these characters and values.
"""


class _Loader(yaml.SafeLoader):
    """Reads 1e-5 as a number, which YAML 1.1 takes for a text, and refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        scalars = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and not key.tag.endswith(":merge")]
        counts = Counter(self.construct_object(key) for key in scalars)
        if twice := next((key for key, count in counts.items() if count > 1), None):
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def read_yaml(text: str, origin: str, times: int = 1) -> object:
    """Returns the content of a text.

    Args:
        text: the text
        origin: names it in errors
        times: how many times as many characters and values as a network's description it may have

    Raises:
        ValueError: it is not YAML, too large or too deep; the error has one sentence
    """
    if len(text) > times * LARGEST:
        raise ValueError(f"{origin} has {len(text):,} characters, more than {times * LARGEST:,}.")
    try:
        wrong = next(_out_of_bounds(text, times * MOST_VALUES), None)
        content = None if wrong else yaml.load(text, _Loader)  # a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(not_yaml(error, origin)) from None
    if wrong:
        raise ValueError(f"{origin} {wrong}.")
    return content


def read_yaml_file(path: Path, times: int = 1) -> object:
    """Returns the content of a file; raises ValueError as ``read_yaml`` does, and OSError where it cannot be read."""
    size = path.stat().st_size
    if not (path.is_file() or path.is_dir()):  # a pipe or a device may have no end
        raise ValueError(f"{path} is not a file.")
    if size > 4 * times * LARGEST:  # a character has at most 4 bytes
        raise ValueError(f"{path} has {size:,} bytes, more than {4 * times * LARGEST:,}.")
    try:
        return read_yaml(path.read_text("utf-8"), str(path), times)
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8.") from None


def not_yaml(error: Exception, origin: str) -> str:
    """Returns the sentence that names the line and says why it is no YAML."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{origin}, line {error.problem_mark.line + 1} is not YAML: {error.problem:.200}."
    return f"{origin} is not YAML: {' '.join(str(error).split()):.200}."


def _out_of_bounds(text: str, most_values: int) -> Iterator[str]:
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
            if isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST_VALUE:
                yield f"has a value of {len(event.value):,} characters, more than {LONGEST_VALUE:,}"
        if len(open_nodes) > DEEPEST + 1:
            yield f"is nested more than {DEEPEST} levels deep"
        if open_nodes[-1].size > most_values:
            yield f"has more than {most_values:,} values, with its aliases written out"


@dataclass
class _Node:
    """A list or a mapping that is being read, and the number of values in it with all aliases written out."""

    anchor: str | None
    size: int = 1
