"""Parts as ``conf/`` describes them, at a size at which they can be tried in a second."""

from __future__ import annotations

from functools import cache

from mobilenas.cli.composing import composed
from mobilenas.pipeline.settings import Settings
from mobilenas.settings.packages import conf_files


def names(group: str) -> list[str]:
    """Of the YAML files of a group, this project's and those of installed packages."""
    return list(conf_files(group))


@cache
def settings_with(*overrides: str) -> Settings:
    """The settings of a laptop's run with some overrides.

    Raises:
        ValueError: a setting is wrong
    """
    return composed("scale=laptop", *overrides)
