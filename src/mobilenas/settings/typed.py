"""Settings as frozen values that check themselves by their annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, dataclass_transform, get_args, get_origin, get_type_hints

from mobilenas.settings.kinds import ASIDE
from mobilenas.settings.words import far_words, in_words, names_class, shown

T = TypeVar("T")

_COMPARE = "_compare"

WRITE_A_PART = ": write a mapping whose _target_ names one, as the files in conf/ do"

_PLAIN = (bool, int, float, str, NoneType)


def aside(default: Any = MISSING) -> Any:
    """A field that no result depends on: a folder, or a number of worker processes."""
    return field(default=default, metadata={ASIDE: True})


@dataclass_transform(frozen_default=True, field_specifiers=(field, aside))
def settings(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass whose fields are checked by their annotations when it is made.

    A ``__post_init__`` of its own, and those of its bases, come after these checks and compare fields with each other.

        >>> from mobilenas.settings import settings
        >>> @settings
        ... class Search:
        ...     population: int = 70
        >>> Search(population="many")
        Traceback (most recent call last):
        ValueError: Search: population must be a whole number, not 'many'.
    """
    compare: Callable[[Any], None] | None = cls.__dict__.get("__post_init__")
    if compare:
        setattr(cls, _COMPARE, compare)

    def check(self: Any) -> None:
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        for name in (name for name, value in given.items() if isinstance(value, list)):
            object.__setattr__(self, name, tuple(given[name]))
        for name, problem in problems(type(self), given).items():
            raise ValueError(f"{type(self).__name__}: {name} {problem}")
        for one in reversed(type(self).__mro__):
            if own := vars(one).get(_COMPARE):
                own(self)

    setattr(cls, "__post_init__", check)  # noqa: B010
    return dataclass(frozen=True)(cls)


def problems(target: type, given: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with the arguments of a class, by name: ``must be true or false, not 'flase'.``"""
    hints, found = annotations_of(target), dict[str, str]()
    for name, value in given.items():
        if name in hints and not accepts(hints[name], value):
            way_out = WRITE_A_PART if names_class(hints[name]) else ""
            words = far_words(hints[name], value) or in_words(hints[name])
            found[name] = f"must be {words}, not {shown(value):.100}{way_out}."
    return found


def accepts(annotation: Any, value: object) -> bool:
    """Whether a value is of an annotation, strictly: true is no number, 1.0 no whole number, a text no list."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return any(accepts(one, value) for one in arguments)
    if origin is tuple and arguments[-1] is ...:
        return isinstance(value, tuple | list) and all(accepts(arguments[0], one) for one in value)
    if origin is Annotated and isinstance(arguments[0], type) and arguments[0] not in _PLAIN:
        return accepts(arguments[0], value)
    if annotation is Any:
        return True
    if isinstance(annotation, type) and annotation not in _PLAIN and origin is None:
        return isinstance(value, annotation)
    return _is_plain(annotation, value)


def _is_plain(annotation: Any, value: object) -> bool:
    from pydantic import ValidationError

    try:
        _adapter(annotation).validate_python(tuple(value) if isinstance(value, list) else value)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=1024)
def annotations_of(target: Any) -> dict[str, Any]:
    """The annotations of a class's fields, by name.

    Raises:
        ValueError: the class's module does not import an annotation
    """
    try:
        hints = get_type_hints(target, include_extras=True)
    except NameError as error:
        raise ValueError(
            f"{target.__name__}: {error}: import the annotations of its fields in {target.__module__}, and not only for"
            " type checkers."
        ) from None
    return {one.name: hints[one.name] for one in fields(target)}


def plain(value: object) -> object:
    """Settings as plain values that a fingerprint can be made of: the class by name, and all fields but those aside."""
    if is_dataclass(value) and not isinstance(value, type):
        own = {one.name: plain(getattr(value, one.name)) for one in fields(value) if not one.metadata.get(ASIDE)}
        return {"is": type(value).__qualname__} | own
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value


@lru_cache(maxsize=4096)
def _adapter(annotation: Any) -> Any:
    from pydantic import ConfigDict, TypeAdapter

    return TypeAdapter(annotation, config=ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False))
