"""The independent check of settings: each value is of its annotated type, in its range, and finite."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

LIMITS: Mapping[str, Callable[[Any, Any], bool]] = {
    "ge": lambda value, limit: value >= limit,
    "gt": lambda value, limit: value > limit,
    "le": lambda value, limit: value <= limit,
    "lt": lambda value, limit: value < limit,
    "min_length": lambda value, limit: len(value) >= limit,
}


def unfit(settings: Any, place: str = "settings") -> str | None:
    """Returns the first value that does not fit its annotation."""
    hints = get_type_hints(type(settings), include_extras=True)
    for one in fields(settings):
        value, where = getattr(settings, one.name), f"{place}.{one.name}"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{where} is {value}"
        if not _fits(hints[one.name], value):
            return f"{where} is {value!r}, not {hints[one.name]}"
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part) and (found := unfit(part, where)):
                return found
    return None


def _fits(hint: Any, value: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        limits = [(name, getattr(one, name)) for one in arguments[1:] for name in LIMITS if hasattr(one, name)]
        return _fits(arguments[0], value) and all(LIMITS[name](value, limit) for name, limit in limits)
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool)
    if origin in (Union, UnionType):
        return any(_fits(one, value) for one in arguments)
    if origin is tuple and arguments[-1] is ...:
        return isinstance(value, tuple) and all(_fits(arguments[0], one) for one in value)
    if origin is Literal:
        return value in arguments
    return isinstance(value, hint) if origin is None and isinstance(hint, type) else True
