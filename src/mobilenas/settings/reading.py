"""From plain values, as YAML holds them, to typed settings; all that is wrong is told at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin

from mobilenas.settings.typed import annotations_of, problems

TARGET = "_target_"
"""The key that names the class or function which the other keys are settings of."""

_WRONG = object()
"""Stands for settings that are told as wrong already."""

Resolve = Callable[[str], Callable[..., object]]
"""From the text of a ``_target_`` to the class or function; raises ValueError where it may not be named."""


class SettingsError(ValueError):
    """All that is wrong with some settings.

    Args:
        sentences: one for each setting
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True)
class Builder:
    """Marks an annotation of a function that is called later: which of its parameters come from the run."""

    given: tuple[str, ...]


@dataclass(frozen=True)
class Prepared:
    """A function with its settings, to be called with what is given later.

    Args:
        function: what makes the thing
        settings: its arguments that a user has set, by name
    """

    function: Callable[..., Any]
    settings: Mapping[str, object]

    def __call__(self, **given: object) -> Any:
        return self.function(**self.settings, **given)


@dataclass
class Reader:
    """Makes typed settings of plain ones.

    Args:
        resolve: finds what a ``_target_`` names
    """

    resolve: Resolve
    wrong: list[str] = field(default_factory=list)

    def read(self, target: Callable[..., Any], values: Mapping[str, object], place: str = "") -> Any:
        """The class made of its settings, or a function with its settings, to be called with what is given later.

        Raises:
            SettingsError: one sentence for each setting that is wrong
        """
        self.wrong.clear()
        made = self._made(target, values, place)
        if self.wrong:
            raise SettingsError(self.wrong)
        return made

    def _made(
        self, target: Callable[..., Any], values: Mapping[str, object], place: str, later: Sequence[str] = ()
    ) -> Any:
        """What is told as wrong stands as ``_WRONG`` in its place."""
        if inspect.isabstract(target):
            self.wrong.append(f"{place} names no part: add {place}=... with the name of one.")
            return _WRONG
        before = len(self.wrong)
        parameters = {
            name: one
            for name, one in inspect.signature(target).parameters.items()
            if name not in later and one.kind is not inspect.Parameter.VAR_KEYWORD
        }
        own = {name: value for name, value in values.items() if name != TARGET}
        self.wrong += _unknown(own, list(parameters), place)
        self.wrong += [
            f"The setting {_at(place, name)} has no value: add {_at(place, name)}=..."
            for name, one in parameters.items()
            if one.default is one.empty and own.get(name, "???") == "???"
        ]
        hints = annotations_of(target)
        self.wrong += [
            f"{_at(place, name)} cannot be checked: write an annotation for the parameter {name} of {target.__name__},"
            " for example width: Factor."
            for name in parameters
            if name not in hints
        ]
        read = {
            name: self._value(hints.get(name, object), value, _at(place, name))
            for name, value in own.items()
            if name in parameters and value != "???"
        }
        right = {name: value for name, value in read.items() if value is not _WRONG}
        self.wrong += [f"{_at(place, name)} {problem}" for name, problem in problems(target, right).items()]
        if len(self.wrong) > before:
            return _WRONG
        if not isinstance(target, type):
            return Prepared(target, read)
        try:
            return target(**read)
        except ValueError as error:
            said = str(error).removeprefix(f"{target.__name__}: ")
            self.wrong.append(f"{place}: {said}" if place else said)
            return _WRONG

    def _value(self, annotation: object, value: object, place: str) -> object:
        """What a value stands for: settings of their own where it is a mapping that names or has a class."""
        if isinstance(value, list):
            return tuple(value)
        if not isinstance(value, Mapping):
            return value
        kinds, later = list(_classes(annotation)), _later(annotation)
        own = [kind for kind in kinds if hasattr(kind, "from_settings")]
        if own:
            return self._guarded(lambda: own[0].from_settings(value, place))
        if TARGET in value:
            target = self._guarded(lambda: self.resolve(str(value[TARGET])), f"{place}: ")
            return self._made(target, value, place, later) if callable(target) else _WRONG
        settings: list[Any] = [kind for kind in kinds if is_dataclass(kind)]
        return self._made(settings[0], value, place) if settings else dict(value)

    def _guarded(self, make: Callable[[], object], before: str = "") -> object:
        try:
            return make()
        except ValueError as error:
            self.wrong.append(f"{before}{error}")
            return _WRONG


def _unknown(values: Mapping[str, object], known: Sequence[str], place: str) -> Iterator[str]:
    for name in values:
        if name not in known:
            close = get_close_matches(str(name), known, 1)
            way_out = (
                f"did you mean {_at(place, close[0])!r}?" if close else f"choose from {', '.join(known) or 'none'}."
            )
            yield f"There is no setting {_at(place, name)!r}; {way_out}"


def _classes(annotation: object) -> Iterator[Any]:
    if isinstance(annotation, type):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)


def _later(annotation: object) -> tuple[str, ...]:
    if get_origin(annotation) is Annotated:
        return next((mark.given for mark in get_args(annotation)[1:] if isinstance(mark, Builder)), ())
    return next((found for one in get_args(annotation) if (found := _later(one))), ())


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
