"""Puts runs that differ only in their seed into one group, and names the groups by the settings that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from mobilenas.comparison.compared_run import ComparedRun

_TARGET, _MOST_NAMED = "_target_", 4
_NONE = "none"


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


def groups_of(runs: Sequence[ComparedRun]) -> list[Group]:
    """Returns the groups of runs, in the order of their first runs."""
    found: dict[str, list[ComparedRun]] = {}
    for run in runs:
        found.setdefault(repr(sorted(run.settings.items(), key=lambda item: item[0])), []).append(run)
    groups = list(found.values())
    differing = _differing([group[0].settings for group in groups])
    return [
        Group(_name(group[0], differing), tuple(sorted(group, key=lambda run: (run.seed, run.name))))
        for group in groups
    ]


def _differing(settings: Sequence[Mapping[str, object]]) -> list[str]:
    """Returns the names of settings that differ; where another part is chosen, its own settings need no naming."""
    names = list(dict.fromkeys(name for one in settings for name in one))
    differ = [name for name in names if len({repr(one.get(name)) for one in settings}) > 1]
    parts = {name.removesuffix(_TARGET) for name in differ if name.endswith(f".{_TARGET}")}
    return [name for name in differ if not any(name.startswith(part) and name != f"{part}{_TARGET}" for part in parts)]


def _name(run: ComparedRun, differing: Sequence[str]) -> str:
    if not differing:
        return str(run.settings.get("name", run.name))
    parts = list(_parts(run, differing))
    more = f", and {len(parts) - _MOST_NAMED} more" if len(parts) > _MOST_NAMED else ""
    return ", ".join(parts[:_MOST_NAMED]) + more


def _parts(run: ComparedRun, differing: Sequence[str]) -> Iterator[str]:
    for name in differing:
        value = run.settings.get(name)
        if name.endswith(f".{_TARGET}"):
            yield f"{name.removesuffix(f'.{_TARGET}')}={cast(str, value or _NONE).rpartition('.')[2]}"
        else:
            yield f"{name}={_NONE if value is None else _in_words(value)}"


def _in_words(value: object) -> str:
    return f"[{','.join(map(str, value))}]" if isinstance(value, list) else str(value)
