"""Changes of JSON, YAML and CSV: of their words and numbers, and of their structure."""

import copy
import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import yaml

NESTED, ALIASES = "nested-a-lot", "aliases-a-lot"  # stand for texts that no writer would write
_ALIASES = "[&a [1,1,1,1,1,1,1,1,1,1]" + "".join(
    f", &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
VALUES: tuple[Any, ...] = (
    *(0, -1, 1, 2, 7, 0.5, 1.5, -0.0, float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 1e-308, 1e7),
    *(2**31, 2**63, -(2**63), 2**64, 10**40, 10**400, True, False, None, "", " ", "x", "0", "nan", "1e5", "é☃\u202e"),
    *("../up", "/absolute", "a/b", "a" * 300, "\x00", "\n", "${seed}", "???", "mobilenas.files.Artifact"),
    *([], {}, [[]], [None], {"": 0}, [1, 2, 3], {"a": {"b": 1}}, [float("nan")], NESTED, ALIASES),
)


def json_changed(content: bytes, rng: np.random.Generator) -> bytes:
    text = json.dumps(tree_changed(json.loads(content), rng), indent=1)
    return _written_out(_key_twice(text, rng))


def yaml_changed(content: bytes, rng: np.random.Generator) -> bytes:
    head = "".join(line for line in content.decode().splitlines(True) if line.startswith("# @"))
    return _written_out(head + yaml.safe_dump(tree_changed(yaml.safe_load(content), rng), sort_keys=False))


def tree_changed(tree: Any, rng: np.random.Generator) -> Any:
    """Returns lists and mappings after one or two changes: a value replaced, a key removed, renamed, doubled, moved."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.integers(1, 3)):
        places = list(_places(tree))
        if not places:
            return any_value(rng)
        owner, key = places[rng.integers(len(places))]
        match rng.integers(8):
            case 0:
                del owner[key]
            case 1 if isinstance(owner, dict):
                owner[f"{key}{rng.choice(['s', '_', ' ', '-1'])}"] = owner.pop(key)
            case 1 | 2 if isinstance(owner, list):
                owner.insert(key, copy.deepcopy(owner[key]))
            case 3:
                other, there = places[rng.integers(len(places))]
                owner[key], other[there] = copy.deepcopy(other[there]), copy.deepcopy(owner[key])
            case _:
                owner[key] = any_value(rng)
    return tree


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield tree, key
        yield from _places(value)


def any_value(rng: np.random.Generator) -> Any:
    return copy.deepcopy(VALUES[rng.integers(len(VALUES))])


def _key_twice(text: str, rng: np.random.Generator) -> str:
    keys = list(re.finditer(r'"(\w+)": ', text))
    if not keys or rng.random() < 0.9:
        return text
    found = keys[rng.integers(len(keys))]
    return f"{text[: found.start()]}{found[0]}0, {text[found.start() :]}"


def _written_out(text: str) -> bytes:
    deep = "[" * 3000 + "]" * 3000
    for word, meant in ((NESTED, deep), (ALIASES, f"{_ALIASES}]")):
        text = re.sub(f"[\"']?{word}[\"']?", meant, text)
    return text.encode("utf-8", "surrogatepass")


def csv_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns a table after one or two changes of a row, a cell, a fact of its head, or of how it is written."""
    lines = content.decode().splitlines()
    for _ in range(rng.integers(1, 3)):
        at = int(rng.integers(len(lines) if rng.random() < 0.6 else min(len(lines), 8)))
        cells = _cells(lines[at])
        match rng.integers(8):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[rng.integers(len(lines))])
            case 2:
                lines[at] += str(rng.choice([",", ",1", ' "', "\t", ";", "\x00", "#"]))
            case 3:
                lines = [line.replace(",", str(rng.choice([";", "\t", ", "]))) for line in lines]
            case 4:
                name = lines[at].rpartition(": ")[0] or "# batch"
                lines[at] = f"{name}: {any_value(rng)}"
            case _ if cells:
                cells[rng.integers(len(cells))] = str(any_value(rng))
                lines[at] = _csv_line(cells)
        if not lines:
            break
    mark = b"\xef\xbb\xbf" if rng.random() < 0.1 else b""
    return mark + str(rng.choice(["\n", "\r\n"])).join([*lines, ""]).encode("utf-8", "surrogatepass")


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:  # a change before has put a line's end within it
        return line.split(",")


def _csv_line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
