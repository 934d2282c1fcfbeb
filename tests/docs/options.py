"""The options of the groups in ``conf/``: the classes that they set, and the values, as their YAML has them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from itertools import takewhile
from typing import Any, get_args

import yaml

from mobilenas.cli.trusted import resolve
from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline.scale import Scale
from mobilenas.settings.typed import annotations_of

_SELECTED = re.compile(r"\$\{oc\.select:(scale\.\w+),(.*)\}")
_REFERRED = re.compile(r"\$\{(scale\.\w+)\}")
_Found = tuple[type, str, Mapping[str, object]]
_SCALED = re.compile(r"(\w+): \"?\$\{(?:oc\.select:)?scale\.(\w+)")


@dataclass
class Part:
    """A class that options of a group set.

    Args:
        kind: the class
        prefix: of its settings on the command line, ``hardware.engine``
        values: for each option the values of its YAML
    """

    kind: type
    prefix: str
    values: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def default(self, one: Field[Any], option: str) -> str:
        """The value that a field has in an option, as a user reads it."""
        own = self.values[option]
        if one.name in own:
            return _shown(own[one.name])
        if f"/{one.name}@{one.name}" in own:
            return f"`{one.name}={own[f'/{one.name}@{one.name}']}`"
        if one.default is not MISSING:
            return _shown(one.default)
        return "must be set"


def options(group: str) -> dict[str, str]:
    """The text of each YAML of a group, by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted((conf_dir() / group).glob("*.yaml"))}


def about(text: str) -> str:
    """What the comment at the head of a YAML says, up to its launch command."""
    lines = [line for line in text.splitlines() if not line.startswith("# @package")]
    comment = takewhile(lambda line: line.startswith("# ") and "mobilenas " not in line, lines)
    return " ".join(line.removeprefix("# ") for line in comment)


def parts(group: str) -> list[Part]:
    """The classes that the options of a group set, the outer ones first."""
    found: dict[tuple[type, str], Part] = {}
    for option in options(group):
        for kind, prefix, values in _within(None, _values(group, option), group):
            found.setdefault((kind, prefix), Part(kind, prefix)).values[option] = values
    return sorted(found.values(), key=lambda one: one.prefix.count("."))


def _values(group: str, option: str) -> dict[str, Any]:
    """The values of an option, with those of the option that it begins with, and the options of groups within it."""
    own: dict[str, Any] = yaml.safe_load(options(group)[option])
    if group == "scale":
        return {"_target_": f"{Scale.__module__}.{Scale.__name__}"} | own["scale"]
    found: dict[str, Any] = {}
    for entry in own.pop("defaults", []):
        if isinstance(entry, Mapping):
            found |= entry
        elif entry != "_self_":
            found |= _values(group, entry)
    return found | own


def _within(
    kind: type | None, values: Mapping[str, Any], prefix: str
) -> Iterator[tuple[type, str, Mapping[str, object]]]:
    """The classes of a mapping and of the mappings within it.

    Args:
        kind: the class that the mapping has without a ``_target_``
        values: the mapping
        prefix: of its settings on the command line
    """
    kind = _class(values["_target_"]) if "_target_" in values else kind
    if kind is None:
        return
    yield kind, prefix, values
    hints = annotations_of(kind)
    for name, value in values.items():
        if isinstance(value, Mapping) and name in hints:
            inner = [
                one for one in (hints[name], *get_args(hints[name])) if isinstance(one, type) and is_dataclass(one)
            ]
            yield from _within(inner[0] if inner else None, value, f"{prefix}.{name}")


def _class(target: str) -> type:
    return Scale if target.endswith(".Scale") else resolve(target)


def users_of_scale() -> dict[str, list[str]]:
    """For each size, the settings that refer to it: `` `population` of algorithm=nsga2``."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for path in sorted(conf_dir().rglob("*.yaml")):
        group = "" if path.parent == conf_dir() else path.parent.name
        for name, size in _SCALED.findall(path.read_text("utf-8")):
            found.setdefault(size, {}).setdefault((name, group), []).append(path.stem)
    return {size: [_user(*key, files) for key, files in one.items()] for size, one in found.items()}


def _user(name: str, group: str, files: Sequence[str]) -> str:
    return f"`{name}` of {group} {', '.join(files)}" if group else f"`{name}`"


def own_fields(kind: type) -> tuple[Field[Any], ...]:
    """The fields of a class of settings."""
    return fields(kind)  # type: ignore[arg-type]


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "below"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str) and value == "???":
        return "must be set"
    text = str(value)
    if found := _SELECTED.fullmatch(text):
        return f"`{found[1]}`, else {found[2]}"
    if found := _REFERRED.fullmatch(text):
        return f"`{found[1]}`"
    return f"`{text}`" if "${" in text else text
