"""Reads and writes the records of stages: JSON whose form, types and ranges are checked when it is read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from mobilenas.files.artifact import stage_of
from mobilenas.files.whole import read_whole, write_text

LARGEST = 200_000_000
"""The most bytes of a record; that of a million evaluations has about as many."""

strict = with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
"""Decorates a dataclass that is read from files: it has no further fields, and its numbers are finite."""


def write_record(path: Path, content: object) -> None:
    """Writes a dataclass, or lists and mappings of them, whole or not at all."""
    write_text(path, json.dumps(_plain(content), indent=1, allow_nan=False))


def read_record(path: Path, kind: Any) -> Any:
    """Returns the content of a file as a value of a type.

    Args:
        path: the file
        kind: a dataclass, or a tuple, a mapping and so on of them; its annotations tell the ranges of numbers

    Raises:
        ValueError: there is no such file, or it holds another form, type or range; the error names the stage that
            writes the file
    """
    try:
        return _adapter(kind).validate_json(read_whole(path, LARGEST), strict=True)
    except OSError as error:
        wrong = str(error.strerror)
    except ValidationError as error:
        wrong = first_wrong(error)
    except ValueError as error:
        wrong = str(error)
    raise damaged(path, wrong)


def damaged(path: Path, wrong: str) -> ValueError:
    """Returns the error of a file that is not as its stage wrote it, with the way out."""
    stage = stage_of(path)
    way_out = f"remove the folder {stage}, and add {stage.name} to stages" if stage else "remove it"
    return ValueError(f"{path} cannot be used: {wrong.rstrip('.')}; {way_out}.")


def checked(kind: Any, content: Mapping[str, object]) -> Any:
    """Returns a dataclass made of values by name.

    Raises:
        ValueError: a value has another type or is out of its range
    """
    try:
        return _adapter(kind).validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        raise ValueError(first_wrong(error)) from None
    except TypeError:  # bytes, for example
        raise ValueError(f"{content!r:.100} has a value of another type") from None


def first_wrong(error: ValidationError) -> str:
    """Returns the first thing that is wrong, with its place."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"it has no {place}"
    return f"{place}: {first['msg']}, not {first['input']!r:.60}" if place else str(first["msg"])


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _plain(content: object) -> object:
    if is_dataclass(content) and not isinstance(content, type):
        return asdict(content)
    if isinstance(content, Mapping):
        return {name: _plain(value) for name, value in content.items()}
    return [_plain(one) for one in content] if isinstance(content, list | tuple) else content
