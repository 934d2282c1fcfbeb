"""Settings that differ from some in a single field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

from mobilenas.settings.kinds import ASIDE
from mobilenas.settings.typed import annotations_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def other_settings(settings: T) -> dict[str, list[T]]:
    """For each field that a result depends on, settings with other values of it, as far as they are allowed."""
    annotations = annotations_of(type(settings))
    return {
        one.name: list(_allowed(settings, one.name, annotations[one.name]))
        for one in fields(settings)
        if not one.metadata.get(ASIDE)
    }


def _allowed(settings: T, field: str, annotation: object) -> Iterator[T]:
    value = getattr(settings, field)
    for other in (*_literals(annotation), *_others(value)):
        try:
            changed = replace(settings, **{field: other})
        except ValueError:
            continue
        if changed != settings:
            yield changed


def _literals(annotation: Any) -> Iterator[object]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    for argument in get_args(annotation):
        yield from _literals(argument)


def _others(value: object) -> Iterator[object]:
    """Values that a field may have in place of its own."""
    if value is None:
        yield 1
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (2 * value, value // 2, value + 1, value - 1)
    elif isinstance(value, float):
        yield from (2 * value, value / 2, value + 0.1, value - 0.1)
    elif isinstance(value, tuple) and value:
        yield value[:-1]
        for other in _others(value[0]):
            yield (other, *value[1:])
