"""Checks the choices of a command line before Hydra, whose messages for them do not name the group."""

import re
from collections.abc import Iterator, Sequence

from mobilenas.conf_dir import conf_dir
from mobilenas.settings.packages import conf_files

_NO_NAME = re.compile(r"null|[-+]?[\d.]+(e[-+]?\d+)?|true|false|[\[{].*|", re.IGNORECASE | re.DOTALL)
_OPTIONAL = ("network",)


def groups() -> list[str]:
    """The groups of ``conf/``."""
    return sorted(path.name for path in conf_dir().iterdir() if path.is_dir())


def wrong_choices(arguments: Sequence[str]) -> Iterator[str]:
    """Yields a sentence for each choice of a group that is no name of a file: ``search_space=[1]``."""
    known = groups()
    for argument in arguments:
        name, equals, value = argument.partition("=")
        group = name.partition("@")[0]
        if equals and group in known and _NO_NAME.fullmatch(value):
            leave_out = f", or leave it out with ~{group}" if group in _OPTIONAL else ""
            yield (
                f"{argument} does not choose a file of conf/{group}: write {group}= and one of"
                f" {', '.join(conf_files(group))}{leave_out}."
            )
