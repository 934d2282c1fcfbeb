"""From plain values, as YAML holds them, to typed settings; all wrong values are reported together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from mobilenas.settings.typed import accepts, annotations_of, problems
from mobilenas.settings.words import in_words, shown, with_article

T = TypeVar("T")

TARGET = "_target_"
"""The key that names the class which the other keys are settings of."""

_WRONG = object()
"""Stands for settings that are told as wrong already."""

Resolve = Callable[[str], type]
"""From the text of a ``_target_`` to the class; raises ValueError where it may not be named."""


class SettingsError(ValueError):
    """All that is wrong with some settings.

    Args:
        sentences: one for each setting
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass
class Reader:
    """Makes typed settings of plain ones.

    Args:
        resolve: finds what a ``_target_`` names
    """

    resolve: Resolve
    wrong: list[str] = field(default_factory=list)

    def read(self, kind: type[T], values: Mapping[str, object], place: str = "") -> T:
        """Returns the settings of a class.

        Raises:
            SettingsError: one sentence for each setting that is wrong
        """
        self.wrong.clear()
        made: T = self._made(kind, values, place)
        if self.wrong:
            raise SettingsError(self.wrong)
        return made

    def _made(self, target: type, values: Mapping[str, object], place: str) -> Any:
        """What is told as wrong stands as ``_WRONG`` in its place."""
        if inspect.isabstract(target):
            self.wrong.append(f"{place} names no part: add {place}=... with the name of one.")
            return _WRONG
        if "__dataclass_fields__" not in vars(target):
            self.wrong.append(f"{place}: {target.__name__} has no settings: write @settings above the class.")
            return _WRONG
        before = len(self.wrong)
        known = {one.name: one for one in fields(target)}
        own = {name: value for name, value in values.items() if name != TARGET}
        self.wrong += _unknown(own, list(known), place)
        self.wrong += [
            f"The setting {_at(place, name)} has no value: add {_at(place, name)}=..."
            for name, one in known.items()
            if one.default is MISSING and one.default_factory is MISSING and own.get(name, "???") == "???"
        ]
        hints = annotations_of(target)
        read = {
            name: self._value(hints[name], value, _at(place, name))
            for name, value in own.items()
            if name in known and value != "???"
        }
        right = {name: value for name, value in read.items() if value is not _WRONG}
        self.wrong += [
            f"{_at(place, name)} {problem.rstrip('.')}{_as_text(_at(place, name), hints[name], own[name])}."
            for name, problem in problems(target, right).items()
        ]
        if len(self.wrong) > before:
            return _WRONG
        try:
            return target(**read)
        except ValueError as error:
            said = str(error).removeprefix(f"{target.__name__}: ")
            about_a_field = said.split(" ", 1)[0] in known
            self.wrong.append(_at(place, said) if about_a_field or not place else f"{place}: {said}")
            return _WRONG

    def _value(self, annotation: object, value: object, place: str) -> object:
        """What a value stands for: settings of their own where it is a mapping that names or has a class."""
        if any(isinstance(one, str) and "\0" in one for one in (value if isinstance(value, list) else [value])):
            self.wrong.append(f"{place} must have no NUL character, which no path or name can have: leave it out.")
            return _WRONG
        if isinstance(value, list):
            return tuple(value)
        if not isinstance(value, Mapping):
            return value
        kinds = list(_classes(annotation))
        own = [kind for kind in kinds if hasattr(kind, "from_settings")]
        if own:
            return self._guarded(lambda: own[0].from_settings(value, place))
        if TARGET in value and not isinstance(value[TARGET], str):
            self.wrong.append(f"{_at(place, TARGET)} must be a text, not {shown(value[TARGET])}.")
            return _WRONG
        if TARGET in value:
            target = self._guarded(lambda: self.resolve(str(value[TARGET])), f"{place}: ")
            if not isinstance(target, type):
                return _WRONG
            if kinds and not issubclass(target, tuple(kinds)):
                self.wrong.append(f"{place} must be {in_words(annotation)}, not {with_article(target.__name__)}.")
                return _WRONG
            return self._made(target, value, place)
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


def _as_text(name: str, annotation: object, value: object) -> str:
    """How to write a value that is a number, true, false or null where it stands for the text of the same letters."""
    is_plain = value is None or isinstance(value, bool | int | float)
    if not is_plain or "text" not in in_words(annotation) or not accepts(annotation, shown(value)):
        return ""
    text, own = f'"{shown(value)}"', name.rpartition(".")[2]
    return f": write '{name}={text}' on the command line, or {own}: {text} in a file"


def _classes(annotation: object) -> Iterator[Any]:
    if isinstance(annotation, type):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
