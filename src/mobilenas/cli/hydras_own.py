"""Decides which of Hydra's own settings a file may have: Hydra writes, imports and runs what they name."""

import re
from collections.abc import Iterator, Mapping, Sequence

from omegaconf import DictConfig, OmegaConf

_PLUGINS = ("hydra.launcher._target_", "hydra.sweeper._target_")  # Hydra itself checks that these are its plugins

_FREE = re.compile(
    r"hydra\.(mode|verbose|sweeper\.params(\..+)?"  # what a file may set
    r"|(overrides|runtime)\..+|searchpath(\..+)?|job\.(override_dirname|config_name))"  # what Hydra itself fills in
)

_MISSING = object()


def of_hydra(overrides: Sequence[str]) -> list[str]:
    """Returns the overrides of Hydra's own settings."""
    return [one for one in overrides if re.match(r"[+~]*hydra\b", one)]


def of_task(overrides: Sequence[str]) -> list[str]:
    """Returns the other overrides."""
    own = of_hydra(overrides)
    return [one for one in overrides if one not in own]


def dangerous(settings: DictConfig, of_help: bool = False) -> Iterator[str]:
    """Yields a sentence for each of Hydra's own settings that nobody may give, on the command line neither.

    Args:
        settings: Hydra's own
        of_help: whether they are those of ``--hydra-help``, which does not read ``conf/config.yaml``
    """
    values = OmegaConf.to_container(settings, resolve=False)
    for name, value in _named(values, "hydra"):
        if name.rpartition(".")[2] in ("_target_", "()") and name not in _PLUGINS:
            yield f"{name}={value!r:.80} is not allowed, because Hydra would run what it names: leave it out."
    for name in () if of_help else ("job_logging", "hydra_logging"):
        if set(settings[name] or {}) - {"version", "root", "disable_existing_loggers"}:
            yield f"hydra.{name} is not allowed, because it may write any file: the command says what it does anyway."
    if settings.job.env_set:
        yield "hydra.job.env_set is not allowed, because programs read the environment: set the variables in the shell."


def from_files(settings: DictConfig, without: DictConfig) -> Iterator[str]:
    """Yields a sentence for each of Hydra's own settings that a file has changed and may not.

    Args:
        settings: Hydra's own, with the files
        without: those that the command has without the files
    """
    found, usual = (dict(_named(OmegaConf.to_container(one, resolve=False), "hydra")) for one in (settings, without))
    for name in {**usual, **found}:
        value, before = found.get(name, _MISSING), usual.get(name, _MISSING)
        if _FREE.fullmatch(name) or value == before or (_has_parts(value) and _has_parts(before)):
            continue
        said = f"{name} is taken away" if value is _MISSING else f"{name}={value!r:.80} stands"
        yield (
            f"{said} in a file, which may not decide where Hydra writes and what it runs: leave it out there, and give"
            f" {name}=... on the command line if you need it."
        )


def _has_parts(value: object) -> bool:
    return isinstance(value, Mapping | list) and bool(value)


def _named(values: object, place: str) -> Iterator[tuple[str, object]]:
    pairs = values.items() if isinstance(values, Mapping) else enumerate(values) if isinstance(values, list) else ()
    for key, value in pairs:
        yield f"{place}.{key}", value
        yield from _named(value, f"{place}.{key}")
