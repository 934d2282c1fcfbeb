"""What an annotation asks for, in words: ``a whole number, 2 or more``."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import inf
from typing import Annotated, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Len, Lt, MinLen

from mobilenas.settings.kinds import ASIDE, FAR

PLAIN = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
PLURALS = {
    "a whole number": "whole numbers",
    "a number": "numbers",
    "a text": "texts",
    "a non-empty text": "non-empty texts",
    "one of ": "any of ",
}


def in_words(annotation: object) -> str:
    """What a value of this annotation is; a class is named by its own name."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if arguments[0] is str and _at_least_one(arguments[1:]):
            return "a non-empty text"
        return in_words(arguments[0]) + _limits(arguments[1:])
    if origin in (Union, types.UnionType):
        return _alternatives(arguments)
    if origin is Literal:
        return f"one of {', '.join(map(_said, arguments))}" if len(arguments) > 1 else _said(arguments[0])
    if origin in (tuple, list, Sequence):
        return _list(arguments)
    if origin is not None and issubclass(origin, Mapping):
        return f"a mapping from names to {_many(arguments[1])}"
    if annotation in (None, type(None)):
        return "null"
    if isinstance(annotation, type):
        return PLAIN.get(annotation, with_article(annotation.__name__))
    return "another value"


def names_class(annotation: object) -> bool:
    """Whether it asks for an object of a class, which no plain value is."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation not in (*PLAIN, type(None))
    arguments = get_args(annotation)
    return any(map(names_class, arguments[:1] if get_origin(annotation) is Annotated else arguments))


def described(value: object) -> str:
    """The class of some settings, and their numbers and words: ``NSGA2: population 70, mutation hierarchical``."""
    kept = (one.name for one in fields(value) if not one.metadata.get(ASIDE))  # type: ignore[arg-type]
    own = {name: getattr(value, name) for name in kept}
    plain = {name.replace("_", " "): one for name, one in own.items() if isinstance(one, int | float | str)}
    details = ", ".join(f"{name} {_short(one)}" for name, one in plain.items())
    return f"{type(value).__name__}: {details}" if plain else type(value).__name__


def _short(value: float | str) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value).lower()


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 step``, ``1,200 steps``, ``2 classes``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{'es' if noun.endswith('s') else 's'}"


def with_article(name: str) -> str:
    """``an Engine``."""
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"


def _alternatives(arguments: Sequence[object]) -> str:
    """With ``or`` between them, after a comma where one of them has a comma itself; null comes last."""
    words = [in_words(one) for one in sorted(arguments, key=lambda one: one is type(None))]
    return (", or " if any("," in one for one in words) else " or ").join(words)


def _list(arguments: Sequence[object]) -> str:
    if len(arguments) == 2 and arguments[0] == arguments[1]:
        return f"a list of two {_many(arguments[0])}"
    if len(arguments) == 2 and arguments[1] is not ...:
        return f"a list of two, {in_words(arguments[0])} and {in_words(arguments[1])}"
    return f"a list of {_many(arguments[0])}"


def _many(annotation: object) -> str:
    """In the plural: ``whole numbers, 1 or more``."""
    words = in_words(annotation)
    one = next((one for one in PLURALS if words.startswith(one)), None)
    return words.replace(one, PLURALS[one], 1) if one else f"values that are each {words}"


def _at_least_one(marks: Sequence[object]) -> bool:
    return any(isinstance(mark, MinLen | Len) for mark in marks)


def _limits(marks: Sequence[object]) -> str:
    """``, 0 or more``, `` above 0``, `` from 0 to below 1``."""
    marks = marks[:1] if FAR in marks else marks
    low = next((mark for mark in marks if isinstance(mark, Ge | Gt)), None)
    high = next((mark for mark in marks if isinstance(mark, Le | Lt)), None)
    if _at_least_one(marks):
        return ", at least one"
    if low and high:
        if isinstance(low, Gt):
            return f" above {_limit(low)} and {'below' if isinstance(high, Lt) else 'at most'} {_limit(high)}"
        return f" from {_limit(low)} to {'below ' * isinstance(high, Lt)}{_limit(high)}"
    if low:
        return f" above {_limit(low)}" if isinstance(low, Gt) else f", {_limit(low)} or more"
    if high:
        return f" below {_limit(high)}" if isinstance(high, Lt) else f", {_limit(high)} or less"
    return ""


def far_words(annotation: object, value: object) -> str | None:
    """What a number must be that is beyond a far bound: ``at most 1,000,000``; None where it is not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value in (inf, -inf):
        return None
    marks = get_args(annotation)
    if FAR not in marks:
        return next((said for one in marks if (said := far_words(one, value))), None)
    for mark in (one for one in marks[2:] if isinstance(one, Ge | Le)):
        limit = _number(mark)
        if isinstance(mark, Le) and value > limit:
            return f"at most {_shown_limit(limit)}"
        if isinstance(mark, Ge) and value < limit and _explained(marks[1], value):
            return f"at least {_shown_limit(limit)}"
    return None


def _explained(mark: object, value: float) -> bool:
    """Whether a number is right by the bound that a setting is explained by."""
    return value > _number(mark) if isinstance(mark, Gt) else isinstance(mark, Le) and value <= _number(mark)


def _limit(mark: Ge | Gt | Le | Lt) -> str:
    return _shown_limit(_number(mark))


def _number(mark: Ge | Gt | Le | Lt) -> float:
    number: float = getattr(mark, type(mark).__name__.lower())
    return number


def _shown_limit(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def _said(value: object) -> str:
    """As it is written in YAML."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def shown(value: object) -> str:
    """A value as a person wrote it in YAML; a value that is no plain one by its class."""
    if value is None or isinstance(value, bool):
        return _said(value)
    if isinstance(value, int | float | str):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {shown(one)}' for name, one in value.items())}}}"
    return with_article(type(value).__name__)
