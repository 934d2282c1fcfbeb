"""Turns an error into one sentence that says what went wrong, and the way out."""

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException, InstantiationException, MissingConfigException, OverrideParseException
from omegaconf import OmegaConf
from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue, OmegaConfBaseException
from yaml import MarkedYAMLError

from mobilenas.cli.any_field import as_written
from mobilenas.cli.choices import groups
from mobilenas.conf_dir import conf_dir


def sentence(error: BaseException) -> str:
    """Returns what went wrong and the way out in one sentence; Hydra's own messages have several lines."""
    while isinstance(error, InstantiationException) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, MissingConfigException) and error.options:
        group, _, name = str(error.missing_cfg_file).rpartition("/")
        return f"There is no {group} {name!r}; choose from {', '.join(error.options)}."
    if isinstance(error, OverrideParseException):
        return _unreadable(*as_written([str(error.override)]))
    if isinstance(error, MissingMandatoryValue):
        return f"The setting {error.full_key} has no value: add {error.full_key}=..."
    if isinstance(error, InterpolationResolutionError):
        return f"The setting {error.full_key} refers to a setting that is missing or to itself: {_first_line(error)}."
    if isinstance(error, MarkedYAMLError):
        place = error.problem_mark
        where = f"{place.name}, line {place.line + 1}" if place else "A file"
        return f"{where} is not YAML: {error.problem}."
    text = f"{error} {error.__cause__}"
    file = re.match(r"In '(.+?)': \w+ raised while composing config", text)
    where = f"In {file[1]}.yaml: " if file else ""
    if found := re.search(r"full_key:[ \t]*(\S+)", text) or re.search(r"Could not override '(\S+?)'", text):
        return where + _about_setting(found[1])
    if "Cannot merge" in text:
        return f"{where}A list stands where a mapping must be, or the reverse."
    return str(error)


def _unreadable(override: str) -> str:
    """Says how to write a value that Hydra cannot read."""
    name, equals, value = override.partition("=")
    if not equals:
        return f"{override!r} is not a setting: write name=value, for example seed=1."
    inner = value[1:-1] if re.fullmatch("'[^']*'|\"[^\"]*\"", value, re.DOTALL) else value
    quoted = shlex.quote(f"{name}={QuotedString(inner, Quote.double).with_quotes()}")
    return (
        f"The value of {override} cannot be read, because of a space, a bracket or another special character: put it"
        f" in two pairs of quotes, {quoted}."
    )


def _about_setting(name: str) -> str:
    """Says that there is no such setting, or what the value of a setting must be."""
    known = dict(_settings(sys.argv[1:]))
    if name in known:
        value = known[name]
        kind = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "one value"
        return f"{name} must be {kind}."
    close = get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else "mobilenas --cfg job prints all settings."
    return f"There is no setting {name!r}; {hint}"


def _first_line(error: BaseException) -> str:
    """Returns the first line of a message, without its full stop."""
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")


def _settings(arguments: Sequence[str]) -> Iterator[tuple[str, object]]:
    """Yields all groups and settings by name, with the groups that the arguments choose if that is possible."""
    known = groups()
    yield from ((group, None) for group in known)
    choices = [one for one in arguments if re.fullmatch(r"\w+=\w+", one) and one.partition("=")[0] in known]
    try:
        composed = _composed(choices)
    except (HydraException, OmegaConfBaseException):  # such a choice is in a folder of the user's own
        composed = _composed([])
    yield from _names(composed)


def _composed(choices: Sequence[str]) -> object:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return OmegaConf.to_container(compose("config", list(choices)), resolve=False)


def _names(settings: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            yield f"{prefix}{name}", value
            yield from _names(value, f"{prefix}{name}.")
