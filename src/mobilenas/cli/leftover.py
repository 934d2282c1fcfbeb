"""Leaves out settings that an experiment has for a part which the command line exchanges for another one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import NamedTuple

from mobilenas.cli.choices import groups
from mobilenas.cli.trusted import resolve
from mobilenas.files.yaml_text import read_yaml_file
from mobilenas.settings.packages import conf_files
from mobilenas.settings.reading import TARGET


class Leftover(NamedTuple):
    """Settings that the part in their place does not have.

    Args:
        choice: the override that has exchanged the part
        place: where the part stands
        names: the settings
    """

    choice: str
    place: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        named = " and ".join(f"{self.place}.{name}" for name in self.names)
        are = "is" if len(self.names) == 1 else "are"
        return f"{self.choice}: {named} of the experiment {are} left out, because this part has no such setting."


def leftovers(values: Mapping[str, object], overrides: Sequence[str]) -> Iterator[Leftover]:
    """Yields what is left over of parts that the user has exchanged.

    A setting that the user has given is none, and one of the part's own file neither: both are told as wrong.

    Args:
        values: the settings by name
        overrides: the settings that the user has given on the command line
    """
    given = [one.lstrip("+").partition("=") for one in overrides]
    of_user = {name.partition("@")[2] or name for name, _, _ in given}
    for choice, _, value in given:
        group, _, package = choice.partition("@")
        place = package or group
        part = _at(values, place)
        if group not in groups() or not isinstance(part, Mapping) or value not in conf_files(group):
            continue
        own = {*_known(part), *_of_file(group, value), TARGET}
        names = [name for name in part if name not in own and not _is_given(f"{place}.{name}", of_user)]
        if names and _known(part):
            yield Leftover(f"{choice}={value}", place, tuple(names))


def without(values: Mapping[str, object], left: Sequence[Leftover]) -> dict[str, object]:
    """Returns the settings without those that are left over."""
    found = dict(values)
    for one in left:
        first, _, rest = one.place.partition(".")
        inner = found[first]
        assert isinstance(inner, Mapping)
        if rest:
            found[first] = without(inner, [one._replace(place=rest)])
        else:
            found[first] = {name: value for name, value in inner.items() if name not in one.names}
    return found


def _at(values: object, place: str) -> object:
    for name in place.split("."):
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _known(part: Mapping[str, object]) -> set[str]:
    """Returns the settings that a part's class has; none if it cannot be found, which is told elsewhere."""
    try:
        kind = resolve(str(part.get(TARGET)))
    except ValueError:
        return set()
    return {one.name for one in fields(kind)} if is_dataclass(kind) else set()


def _of_file(group: str, name: str) -> set[str]:
    content = read_yaml_file(conf_files(group)[name])
    return set(content) if isinstance(content, dict) else set()


def _is_given(name: str, of_user: set[str]) -> bool:
    return any(one == name or one.startswith(f"{name}.") for one in of_user)
