"""Puts runs that differ only in their seed into one group, and names the groups by the settings that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mobilenas.comparison.compared_run import ComparedRun

_Settings = Mapping[str, object]

_TARGET, _MOST_NAMED = "_target_", 4


@dataclass(frozen=True)
class Group:
    """Runs with the same settings.

    Args:
        name: the settings in which it differs from the other groups
        runs: its runs, by rising seed
    """

    name: str
    runs: tuple[ComparedRun, ...]

    @property
    def device(self) -> str:
        return self.runs[0].device


def groups_by_settings(runs: Sequence[ComparedRun]) -> list[Group]:
    """Returns the groups of runs, in the order of their first runs."""
    found: dict[str, list[ComparedRun]] = {}
    for run in runs:
        found.setdefault(repr(sorted(run.settings.items(), key=lambda item: item[0])), []).append(run)
    groups = list(found.values())
    names = _names([group[0].settings for group in groups])
    return [
        Group(
            name or str(group[0].settings.get("name", "")), tuple(sorted(group, key=lambda run: (run.seed, run.name)))
        )
        for name, group in zip(names, groups, strict=True)
    ]


def _names(settings: Sequence[_Settings]) -> list[str]:
    """Returns a name for each of different settings."""
    keys = list(dict.fromkeys(key for one in settings for key in one))
    differ = [key for key in keys if len({repr(one.get(key)) for one in settings}) > 1]
    chosen, telling = [key for key in differ if key.endswith(f".{_TARGET}")], _telling(differ, settings)
    names = list[str]()
    for own in settings:
        said = [key for key in differ if _says(key, own, settings, chosen)]
        named = said if len(said) <= _MOST_NAMED else [key for key in said if key in telling]
        more = f", and {len(said) - len(named)} more" if len(said) > len(named) else ""
        names.append(", ".join(_in_words(key, own.get(key)) for key in named) + more)
    return names


def _telling(keys: Sequence[str], settings: Sequence[_Settings]) -> set[str]:
    """Returns a few settings that tell all groups apart: each one separates the most pairs that are still alike."""
    apart = dict[str, set[tuple[int, int]]]()
    for key in keys:
        values = [repr(own.get(key)) for own in settings]
        apart[key] = {
            (one, other) for one, other in combinations(range(len(values)), 2) if values[one] != values[other]
        }
    found, left = set[str](), set[tuple[int, int]]().union(*apart.values())
    while left:
        best = max(keys, key=lambda key: (len(apart[key] & left), key.endswith(f".{_TARGET}")))
        found.add(best)
        left -= apart[best]
    return found


def _says(key: str, own: _Settings, settings: Sequence[_Settings], chosen: Sequence[str]) -> bool:
    """Returns whether a setting differs among those with the same parts; the settings of other parts are others."""
    parts = [part for part in chosen if key != part and key.startswith(part.removesuffix(_TARGET))]
    alike = [one for one in settings if all(one.get(part) == own.get(part) for part in parts)]
    return len({repr(one.get(key)) for one in alike}) > 1


def _in_words(key: str, value: object) -> str:
    if key.endswith(f".{_TARGET}"):
        return f"{key.removesuffix(f'.{_TARGET}')}={str(value).rpartition('.')[2]}"
    words = f"[{','.join(map(str, value))}]" if isinstance(value, list) else "null" if value is None else str(value)
    return f"{key}={words}"
