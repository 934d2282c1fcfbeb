"""Turns an error into one sentence that says what went wrong, and the way out."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import InstantiationException, MissingConfigException, OverrideParseException
from omegaconf import OmegaConf
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue

from mobilenas.conf_dir import conf_dir


def sentence(error: BaseException) -> str:
    """Returns what went wrong and the way out in one sentence; Hydra's own messages have several lines."""
    while isinstance(error, InstantiationException) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, MissingConfigException) and error.options:
        group, _, name = str(error.missing_cfg_file).rpartition("/")
        return f"There is no {group} {name!r}; choose from {', '.join(error.options)}."
    if isinstance(error, OverrideParseException):
        return f"{error.override!r} is not a setting: write name=value, for example seed=1."
    if isinstance(error, MissingMandatoryValue):
        return f"The setting {error.full_key} has no value: add {error.full_key}=..."
    if isinstance(error, InterpolationKeyError):
        return f"The setting {error.full_key} refers to a setting that is missing: {error.msg}"
    if found := re.search(r"full_key: (\S+)", f"{error} {error.__cause__}"):
        close = get_close_matches(found[1], _settings(sys.argv[1:]), 1)
        hint = f"did you mean {close[0]!r}?" if close else "mobilenas --cfg job prints all settings."
        return f"There is no setting {found[1]!r}; {hint}"
    return str(error)


def _settings(arguments: Sequence[str]) -> list[str]:
    """Returns the names of all settings and groups, with the groups that the arguments choose."""
    groups = [path.name for path in conf_dir().iterdir() if path.is_dir()]
    choices = [one for one in arguments if one.partition("=")[0] in groups]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        composed = OmegaConf.to_container(compose("config", choices), resolve=False)
    return groups + list(_names(composed))


def _names(settings: object, prefix: str = "") -> Iterator[str]:
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            yield f"{prefix}{name}"
            yield from _names(value, f"{prefix}{name}.")
